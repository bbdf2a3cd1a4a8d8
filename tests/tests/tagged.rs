//! Types with tags as they travel: an enum of numbers is its number in every codec, and one that is not known is kept or
//! refused; tags change nothing of how a struct or a oneof is written.

use bytes::BytesMut;
use rpc_core::{ChannelConfig, Code, CodecId, DecodeLimits, Server, Shape, Tag, Tagged, UnknownNumber, codec, service};
use rpc_tests::{Setup, within};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

#[derive(Clone, Copy, Debug, PartialEq, Tagged, Serialize, Deserialize)]
#[serde(from = "i32", into = "i32")]
enum Color {
    #[rpc(tag = 0)]
    Red,
    #[rpc(tag = -5)]
    Green,
    #[rpc(unknown)]
    Other(i32),
}

#[derive(Clone, Copy, Debug, PartialEq, Tagged, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
enum Side {
    #[rpc(tag = 1)]
    Buy,
    #[rpc(tag = -2147483648)]
    Sell,
}

#[derive(Clone, Debug, PartialEq, Tagged, Serialize, Deserialize)]
enum Means {
    #[rpc(tag = 7)]
    Card(String),
    #[rpc(tag = -1, as = "sint64")]
    Voucher(i64),
    #[rpc(tag = 9)]
    Cash,
}

#[derive(Clone, Debug, PartialEq, Tagged, Serialize, Deserialize)]
struct Order {
    #[rpc(tag = 2, required)]
    r#type: Color,
    #[rpc(tag = 1, as = "fixed32")]
    side: Option<u32>,
    #[rpc(oneof, required)]
    means: Option<Means>,
}

/// What is written of a value.
fn written<T: Serialize>(codec: CodecId, value: &T) -> Vec<u8> {
    let mut out = BytesMut::new();
    codec::encode(codec, value, &mut out).unwrap();
    out.to_vec()
}

fn read<T: DeserializeOwned>(codec: CodecId, bytes: &[u8]) -> Result<T, codec::CodecError> {
    codec::decode(codec, bytes, &DecodeLimits::default())
}

#[test]
fn an_open_enum_is_its_number_and_keeps_those_that_it_does_not_know() {
    for (color, number) in
        [(Color::Red, 0), (Color::Green, -5), (Color::Other(7), 7), (Color::Other(i32::MIN), i32::MIN)]
    {
        for &codec in CodecId::SUPPORTED {
            assert_eq!(written(codec, &color), written(codec, &number), "{codec}");
            assert_eq!(read::<Color>(codec, &written(codec, &number)), Ok(color), "{codec}");
        }
    }
}

#[test]
fn a_number_that_is_known_never_becomes_unknown() {
    assert_eq!(Color::from(i32::from(Color::Other(-5))), Color::Green);
}

#[test]
fn a_closed_enum_is_its_number_and_refuses_those_that_it_does_not_know() {
    for &codec in CodecId::SUPPORTED {
        for (side, number) in [(Side::Buy, 1), (Side::Sell, i32::MIN)] {
            assert_eq!(written(codec, &side), written(codec, &number), "{codec}");
            assert_eq!(read::<Side>(codec, &written(codec, &number)), Ok(side), "{codec}");
        }
        let refused = read::<Side>(codec, &written(codec, &0)).unwrap_err();
        assert!(refused.to_string().contains("0 is no value of `Side`"), "{codec}: {refused}");
    }
    assert_eq!(Side::try_from(0), Err(UnknownNumber { name: "Side", number: 0 }));
}

#[test]
fn tags_do_not_change_how_a_struct_or_a_oneof_is_written() {
    let order = Order { r#type: Color::Other(3), side: None, means: Some(Means::Voucher(-1)) };
    let bytes = written(CodecId::BINARY, &order);
    assert_eq!(bytes, written(CodecId::BINARY, &(3_i32, None::<u32>, Some((1_u32, -1_i64)))));
    assert_eq!(read::<Order>(CodecId::BINARY, &bytes), Ok(order));
    let order = Order { r#type: Color::Red, side: Some(1), means: Some(Means::Cash) };
    let text = written(CodecId::JSON, &order);
    assert_eq!(String::from_utf8_lossy(&text), r#"{"type":0,"side":1,"means":"Cash"}"#);
    assert_eq!(read::<Order>(CodecId::JSON, &text), Ok(order));
}

#[test]
fn what_is_written_above_fields_and_variants_is_kept() {
    let card = [Tag::new("Card", 7), Tag::new("Voucher", -1).written("sint64"), Tag::new("Cash", 9)];
    assert_eq!((Means::SHAPE, Means::TAGS), (Shape::OneOf, &card[..]));
    let order = [
        Tag::new("type", 2).required(),
        Tag::new("side", 1).written("fixed32"),
        Tag::oneof("means", Means::TAGS).required(),
    ];
    assert_eq!((Order::SHAPE, Order::TAGS), (Shape::Struct, &order[..]));
    assert_eq!((Color::SHAPE, Color::TAGS), (Shape::Numbers, &[Tag::new("Red", 0), Tag::new("Green", -5)][..]));
    assert_eq!((Side::SHAPE, Side::TAGS.len()), (Shape::Numbers, 2));
    assert_eq!((Option::<Box<Means>>::SHAPE, Option::<Box<Means>>::TAGS), (Means::SHAPE, Means::TAGS));
}

#[service(name = "shop.Orders")]
trait Orders {
    async fn place(&self, order: Order) -> Color;
    async fn side(&self, side: Side) -> Side;
}

struct Desk;

impl Orders for Desk {
    async fn place(&self, order: Order) -> Color {
        order.r#type
    }

    async fn side(&self, side: Side) -> Side {
        side
    }
}

/// The same service as a newer peer knows it.
mod newer {
    #[rpc_core::service(name = "shop.Orders")]
    pub trait Orders {
        async fn side(&self, side: i32) -> i32;
    }
}

#[tokio::test]
async fn a_number_that_a_server_does_not_know_comes_back_or_fails_its_call_alone() {
    for &codec in CodecId::SUPPORTED {
        let url = Setup::over("mem://{unique}").address();
        let server = Server::new().add(OrdersServer::new(Desk)).listen(&url).bind().await.unwrap();
        tokio::spawn(server.serve());
        let channel = ChannelConfig::new().codec(codec).connect(&url).await.unwrap();
        let (orders, newer) = (OrdersClient::new(channel.clone()), newer::OrdersClient::new(channel));
        let order = Order { r#type: Color::Other(99), side: None, means: None };
        assert_eq!(within("the order", orders.place(order)).await.unwrap(), Color::Other(99), "{codec}");
        let refused = within("the side", newer.side(99)).await.unwrap_err();
        assert_eq!(refused.code(), Some(Code::InvalidArgument), "{codec}: {refused}");
        assert_eq!(within("the side", orders.side(Side::Sell)).await.unwrap(), Side::Sell, "{codec}");
    }
}
