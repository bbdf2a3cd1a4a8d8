//! The service of `everything.thrift`: every type, exceptions, and the methods of a service that it extends.

use rpc_core::{CallError, Channel, CodecId, Server};
use rpc_idl_tests::{
    everything::thrift::{
        Choice, Everything, EverythingClient, EverythingFindError, EverythingRawError, EverythingServer, Id, Index,
        Keyed, Level, NotThere, Refused, Scalars, Shapes,
    },
    parts::thrift::{BaseClient, BaseMoveError, Busy, Point},
};
use tokio::sync::{Mutex, mpsc};

use crate::over;

/// Does what it is told.
struct Desk {
    tells: mpsc::UnboundedSender<String>,
    told: Mutex<mpsc::UnboundedReceiver<String>>,
}

impl Desk {
    fn server() -> Server {
        let (tells, told) = mpsc::unbounded_channel();
        Server::new().add(EverythingServer::new(Self { tells, told: Mutex::new(told) }))
    }
}

fn known(id: Id) -> Result<Id, NotThere> {
    if id == 404 { Err(NotThere { id }) } else { Ok(id + 1) }
}

fn allowed(id: Id) -> Result<Id, Refused> {
    let refused = || Refused { message: "not you".to_owned(), level: Level::High, source: Some("rules".to_owned()) };
    if id < 0 { Err(refused()) } else { Ok(id) }
}

impl Everything for Desk {
    async fn name(&self) -> String {
        "the desk".to_owned()
    }

    async fn r#move(&self, point: Point, r#type: i32) -> Result<Point, BaseMoveError> {
        match r#type {
            0 => Err(Busy { why: "moving already".to_owned() })?,
            by => Ok(Point { x: point.x + by, ..point }),
        }
    }

    async fn echo(&self, shapes: Shapes) -> Shapes {
        shapes
    }

    async fn keyed(&self, keyed: Keyed) -> Keyed {
        keyed
    }

    async fn choose(&self, choice: Choice, perhaps: Option<i32>, raw: &[u8], id: Id, index: Index) -> Choice {
        let name = Choice::Name(format!("{perhaps:?} {index:?}"));
        Choice::Several(vec![choice, name, Choice::Raw(raw.to_vec()), Choice::Id(id)])
    }

    async fn find(&self, id: Id) -> Result<Id, EverythingFindError> {
        Ok(known(allowed(id)?)?)
    }

    async fn raw(&self, wanted: bool) -> Result<Vec<u8>, EverythingRawError> {
        allowed(if wanted { 0 } else { -1 })?;
        Ok((0..=255).collect())
    }

    async fn tell(&self, line: &str) {
        self.tells.send(line.to_owned()).expect("the receiver is ours");
    }

    async fn told(&self) -> String {
        self.told.lock().await.recv().await.expect("the sender is ours")
    }

    async fn nothing(&self) {}
}

fn scalars(level: Level) -> Scalars {
    Scalars {
        yes: true,
        bits: i8::MIN,
        tiny: i8::MAX,
        small: i16::MIN,
        number: i32::MIN,
        big: i64::MIN,
        real: -0.1,
        text: "naïve \"text\"\n\u{0}".to_owned(),
        raw: (0..=255).collect(),
        id: [0xA5; 16],
        level,
    }
}

fn shapes() -> Shapes {
    let points = [Point { x: 1, y: 2 }, Point { x: -1, y: 0 }];
    Shapes {
        scalars: scalars(Level::Unrecognized(-9)),
        perhaps: Some(0),
        raw: Some(Vec::new()),
        texts: vec!["one".to_owned(), String::new()],
        ids: [3, 1, 2].into(),
        points: points.clone().into(),
        reals: vec![1.5, -0.5],
        by_name: [("low".to_owned(), scalars(Level::Low))].into(),
        by_number: [(-1, [Level::High, Level::Unrecognized(7)].into())].into(),
        by_real: vec![(2.5, "two and a half".to_owned())],
        index: [("primes".to_owned(), vec![2, 3])].into(),
        choice: Some(Box::new(Choice::Several(vec![Choice::Id(-1), Choice::Raw(vec![0, 255])]))),
        within: Some(Box::new(Shapes { boxed: Some(Box::new(points[0].clone())), ..Shapes::default() })),
        boxed: None,
        deep: vec![[("a".to_owned(), vec![vec![1], vec![]])].into()],
    }
}

async fn all_values_come_back(channel: Channel, _: CodecId) {
    let client = EverythingClient::new(channel);
    for shapes in [Shapes::default(), shapes()] {
        assert_eq!(client.echo(shapes.clone()).await.unwrap(), shapes);
    }
    let index = Index::from([("a".to_owned(), vec![1])]);
    let chosen = client.choose(Choice::Shapes(Box::new(shapes())), None, &[7, 8], -1, index).await.unwrap();
    let name = Choice::Name("None {\"a\": [1]}".to_owned());
    let expected = vec![Choice::Shapes(Box::new(shapes())), name, Choice::Raw(vec![7, 8]), Choice::Id(-1)];
    assert_eq!(chosen, Choice::Several(expected));
    assert_eq!(client.raw(true).await.unwrap(), Vec::from_iter(0..=255));
    client.nothing().await.unwrap();
}

async fn keys_of_any_type_come_back(channel: Channel, codec: CodecId) {
    let client = EverythingClient::new(channel);
    let by_level = [(Level::High, vec![Level::Low]), (Level::Unrecognized(70), vec![])].into();
    let keyed = Keyed { by_level, ..Keyed::default() };
    assert_eq!(client.keyed(keyed.clone()).await.unwrap(), keyed);
    let keyed = Keyed {
        by_point: [(Point { x: 1, y: 2 }, [1; 16])].into(),
        by_id: [([7; 16], Level::High)].into(),
        by_choice: [(Choice::Id(1), true), (Choice::Name("a".to_owned()), false)].into(),
        ..keyed
    };
    match client.keyed(keyed.clone()).await {
        Ok(back) => assert!(codec == CodecId::BINARY && back == keyed, "{back:?}"),
        Err(CallError::Rpc(status)) => {
            assert!(codec == CodecId::JSON && status.message().contains("key must be a string"), "{status}");
        }
    }
}

async fn exceptions_come_typed(channel: Channel, _: CodecId) {
    let client = EverythingClient::new(channel);
    assert_eq!(client.find(1).await.unwrap(), 2);
    let missing = client.find(404).await.unwrap_err();
    let CallError::App(error @ EverythingFindError::NotThere(NotThere { id: 404 })) = missing else {
        panic!("{missing}")
    };
    assert_eq!(error.to_string(), "not there (id: 404)");
    let refused = allowed(-1).unwrap_err();
    let CallError::App(error) = client.find(-1).await.unwrap_err() else { panic!("it is the service's own") };
    assert_eq!((error.to_string(), error), ("not you".to_owned(), EverythingFindError::Refused(refused.clone())));
    let CallError::App(error) = client.raw(false).await.unwrap_err() else { panic!("it is the service's own") };
    assert_eq!(error, refused.into());
}

async fn what_is_told_arrives(channel: Channel, _: CodecId) {
    let client = EverythingClient::new(channel);
    for line in ["one", ""] {
        client.tell(line).await.unwrap();
        assert_eq!(client.told().await.unwrap(), line);
    }
}

async fn the_base_is_served_too(channel: Channel, _: CodecId) {
    let of_both = EverythingClient::new(channel.clone());
    let of_base = BaseClient::new(channel).named(EverythingClient::DESCRIPTOR.name);
    assert_eq!(of_base.name().await.unwrap(), of_both.name().await.unwrap());
    assert_eq!(of_base.r#move(Point { x: 1, y: 5 }, 2).await.unwrap(), Point { x: 3, y: 5 });
    let busy = BaseMoveError::from(Busy { why: "moving already".to_owned() });
    for error in [of_base.r#move(Point::default(), 0).await, of_both.r#move(Point::default(), 0).await] {
        let Err(CallError::App(error)) = error else { panic!("it is busy") };
        assert_eq!(error, busy);
    }
}

#[tokio::test]
async fn values_of_every_type_come_back_equal() {
    over::everything(Desk::server, all_values_come_back).await;
}

#[tokio::test]
async fn keys_may_be_of_any_type_but_in_json() {
    over::everything(Desk::server, keys_of_any_type_come_back).await;
}

#[tokio::test]
async fn an_exception_is_what_the_method_has_thrown() {
    over::everything(Desk::server, exceptions_come_typed).await;
}

#[tokio::test]
async fn a_oneway_method_gets_its_argument() {
    over::everything(Desk::server, what_is_told_arrives).await;
}

#[tokio::test]
async fn a_client_of_the_base_calls_the_service_that_extends_it() {
    over::everything(Desk::server, the_base_is_served_too).await;
}

#[test]
fn the_names_and_options_of_methods_are_those_of_the_file() {
    let descriptor = EverythingClient::DESCRIPTOR;
    assert_eq!(descriptor.name, "everything.thrift.Everything");
    let names: Vec<&str> = descriptor.methods.iter().map(|method| method.name).collect();
    assert_eq!(names, ["name", "move", "echo", "keyed", "choose", "find", "raw", "tell", "told", "nothing"]);
    let oneway: Vec<&str> = descriptor.methods.iter().filter(|it| it.oneway).map(|method| method.name).collect();
    assert_eq!(oneway, ["tell"]);
    let tags = descriptor.methods.iter().filter_map(|method| method.argument_tags);
    assert_eq!(tags.collect::<Vec<_>>(), [&[2, 5, 4, 7, 9]]);
    assert_eq!(BaseClient::DESCRIPTOR.name, "parts.thrift.Base");
}
