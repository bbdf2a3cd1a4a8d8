//! The service of `everything.proto`: every shape of call, and every type.

use std::time::{Duration, SystemTime};

use futures_util::{TryStreamExt, stream};
use rpc_core::{CallError, Channel, Code, CodecId, Server, Status, Stream, Streaming};
use rpc_idl_tests::{
    everything::v1::{
        Everything, EverythingClient, EverythingServer, Failure, Level, Scalars, Shapes, ShapesEither, ShapesInner,
        ShapesInnerKind, WellKnown,
    },
    parts::Point,
};

use crate::over;

struct Echo;

impl Everything for Echo {
    async fn echo(&self, request: Shapes) -> Result<Shapes, Status> {
        Ok(request)
    }

    async fn echo_well_known(&self, request: WellKnown) -> Result<WellKnown, Status> {
        Ok(request)
    }

    async fn nothing(&self) -> Result<(), Status> {
        Ok(())
    }

    async fn fail(&self, request: Failure) -> Result<(), Status> {
        let number = u32::try_from(request.code).expect("codes are positive");
        Err(Status::new(Code::from_number(number), request.message))
    }

    async fn later(&self, request: Duration) -> Result<SystemTime, Status> {
        Ok(SystemTime::UNIX_EPOCH + request)
    }

    async fn count(&self, request: Point) -> Result<impl Stream<Item = Result<Point, Status>>, Status> {
        if request.y < request.x {
            return Err(Status::new(Code::InvalidArgument, "it ends before it begins"));
        }
        let points = (request.x..request.y).map(|x| Ok(Point { x, y: -x }));
        let error = Err(Status::new(Code::OutOfRange, format!("{} is too much", request.y)));
        Ok(stream::iter(points.chain([error])))
    }

    async fn sum(&self, mut requests: Streaming<Point>) -> Result<Point, Status> {
        let mut sum = Point::default();
        while let Some(Point { x, y }) = requests.try_next().await? {
            sum = Point { x: sum.x + x, y: sum.y + y };
        }
        Ok(sum)
    }

    async fn echo_all(
        &self,
        requests: Streaming<Shapes>,
    ) -> Result<impl Stream<Item = Result<Shapes, Status>>, Status> {
        Ok(requests)
    }
}

fn scalars(sign: i8) -> Scalars {
    let large = sign > 0;
    Scalars {
        int32: if large { i32::MAX } else { i32::MIN },
        int64: if large { i64::MAX } else { i64::MIN },
        uint32: u32::MAX,
        uint64: u64::MAX,
        sint32: -1,
        sint64: i64::MIN,
        fixed32: 7,
        fixed64: 1 << 63,
        sfixed32: -7,
        sfixed64: -8,
        float: f32::MIN_POSITIVE,
        double: 0.1 + 0.2,
        bool: large,
        string: "naïve \"text\"\n\u{0}".to_owned(),
        bytes: (0..=255).collect(),
        level: if large { Level::Low } else { Level::Unrecognized(i32::MIN) },
    }
}

fn shapes() -> Shapes {
    let either = [
        ShapesEither::Text("text".to_owned()),
        ShapesEither::Number(-5),
        ShapesEither::Nothing(()),
        ShapesEither::Blob(vec![0, 255]),
        ShapesEither::Level(Level::Unrecognized(77)),
        ShapesEither::Shapes(Box::default()),
    ];
    let nested = either.map(|either| Shapes { either: Some(either), ..Shapes::default() });
    let within = nested.into_iter().reduce(|inner, outer| Shapes { within: Some(Box::new(inner)), ..outer });
    Shapes {
        scalars: Some(scalars(1)),
        perhaps: Some(0),
        raw: Some(vec![1, 2, 3]),
        texts: vec![String::new(), "two".to_owned()],
        several: vec![scalars(1), scalars(-1)],
        by_number: [(i32::MIN, "least".to_owned()), (3, "three".to_owned())].into(),
        by_answer: [(true, scalars(1)), (false, scalars(-1))].into(),
        by_name: [("raw".to_owned(), vec![9])].into(),
        levels: vec![Level::Unspecified, Level::High, Level::LEAST, Level::Unrecognized(99)],
        point: Some(Point { x: -1, y: 1 }),
        within: within.map(Box::new),
        either: Some(ShapesEither::Shapes(Box::default())),
        kind: ShapesInnerKind::Some,
        inner: Some(ShapesInner { kinds: vec![ShapesInnerKind::None, ShapesInnerKind::Unrecognized(2)] }),
    }
}

async fn all_values_come_back(channel: Channel, _: CodecId) {
    let client = EverythingClient::new(channel);
    for shapes in [Shapes::default(), shapes()] {
        assert_eq!(client.echo(shapes.clone()).await.unwrap(), shapes);
    }
    let took = Duration::new(5, 999_999_999);
    let full = WellKnown {
        took: Some(took),
        at: Some(SystemTime::UNIX_EPOCH + took),
        text: Some(String::new()),
        number: Some(0),
        raw: Some(vec![0]),
        laps: vec![Duration::ZERO, took],
    };
    for values in [WellKnown::default(), full] {
        assert_eq!(client.echo_well_known(values.clone()).await.unwrap(), values);
    }
    assert_eq!(client.later(took).await.unwrap(), SystemTime::UNIX_EPOCH + took);
    client.nothing().await.unwrap();
}

async fn statuses_come_as_they_were_made(channel: Channel, _: CodecId) {
    let client = EverythingClient::new(channel);
    for (code, number) in [(Code::NotFound, 5), (Code::Unauthenticated, 16), (Code::Unimplemented, 12)] {
        let failure = Failure { code: number, message: format!("no {number}") };
        let Err(CallError::App(status)) = client.fail(failure).await else { panic!("it fails") };
        assert_eq!((status.code(), status.message()), (code, &*format!("no {number}")));
    }
}

async fn items_come_in_order_and_an_error_behind_them(channel: Channel, _: CodecId) {
    let client = EverythingClient::new(channel);
    let mut points = client.count(Point { x: -2, y: 3 }).await.unwrap();
    for x in -2..3 {
        assert_eq!(points.try_next().await.unwrap(), Some(Point { x, y: -x }));
    }
    let Err(CallError::App(status)) = points.try_next().await else { panic!("an error follows") };
    assert_eq!((status.code(), status.message()), (Code::OutOfRange, "3 is too much"));
    let Err(CallError::App(status)) = client.count(Point { x: 2, y: 1 }).await else { panic!("there is no stream") };
    assert_eq!(status.code(), Code::InvalidArgument);
}

async fn items_go_as_well(channel: Channel, _: CodecId) {
    let client = EverythingClient::new(channel);
    let points = (1..=100).map(|x| Point { x, y: -1 });
    assert_eq!(client.sum(stream::iter(points)).await.unwrap(), Point { x: 5_050, y: -100 });
    let sent = vec![shapes(), Shapes::default(), shapes()];
    let replies = client.echo_all(stream::iter(sent.clone())).await.unwrap();
    let replies: Vec<Shapes> = replies.into_stream().try_collect().await.unwrap();
    assert_eq!(replies, sent);
}

fn server() -> Server {
    Server::new().add(EverythingServer::new(Echo))
}

#[tokio::test]
async fn values_of_every_type_come_back_equal() {
    over::everything(server, all_values_come_back).await;
}

#[tokio::test]
async fn a_status_is_what_the_method_returned() {
    over::everything(server, statuses_come_as_they_were_made).await;
}

#[tokio::test]
async fn a_stream_of_replies_ends_with_its_error() {
    over::everything(server, items_come_in_order_and_an_error_behind_them).await;
}

#[tokio::test]
async fn streams_of_requests_are_read_to_their_end() {
    over::everything(server, items_go_as_well).await;
}

#[test]
fn the_names_and_options_of_methods_are_those_of_the_file() {
    let descriptor = EverythingClient::DESCRIPTOR;
    assert_eq!(descriptor.name, "everything.v1.Everything");
    let names: Vec<&str> = descriptor.methods.iter().map(|method| method.name).collect();
    assert_eq!(names, ["Echo", "EchoWellKnown", "Nothing", "Fail", "later", "Count", "Sum", "EchoAll"]);
    let of = |which: fn(&rpc_core::MethodDescriptor) -> bool| -> Vec<&str> {
        descriptor.methods.iter().filter(|method| which(method)).map(|method| method.name).collect()
    };
    assert_eq!(of(|method| method.idempotent), ["Echo"]);
    assert_eq!(of(|method| method.takes_items), ["Sum", "EchoAll"]);
    assert_eq!(of(|method| method.gives_items), ["Count", "EchoAll"]);
    assert_eq!(of(|method| method.oneway || method.argument_tags.is_some()), [""; 0]);
}
