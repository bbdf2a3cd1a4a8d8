//! A status as a method's own error, in every place and codec: what travels, and what the caller is told.

use futures_util::stream;
use rpc_core::{
    CallError, ChannelConfig, Code, CodecId, DecodeLimits, Delivery, Limits, Server, Status, Streaming, codec,
};
use rpc_tests::{Setup, within};
use shop::{Users, UsersClient, UsersServer};

/// As generated from a `.proto` file: everything by its path, and names that are words of Rust.
mod shop {
    #[rpc_core::service(name = "shop.Users")]
    pub trait Users {
        async fn name(&self, id: u64) -> Result<String, rpc_core::Status>;
        async fn photo(&self, id: u64) -> Result<Vec<u8>, rpc_core::Status>;
        #[deprecated = "use `name`"]
        async fn r#move(&self, r#type: &str) -> ::core::result::Result<(), ::rpc_core::Status>;
        async fn watch(
            &self,
            ids: rpc_core::Streaming<u64>,
        ) -> Result<impl rpc_core::Stream<Item = Result<String, rpc_core::Status>>, rpc_core::Status>;
        async fn items(&self) -> impl ::rpc_core::Stream<Item = Result<u32, ::rpc_core::Status>>;
    }
}

struct Desk;

impl Users for Desk {
    async fn name(&self, id: u64) -> Result<String, Status> {
        match id {
            1 => Ok("Ada".into()),
            _ => Err(Status::new(Code::NotFound, format!("there is no user {id}\n"))),
        }
    }

    async fn photo(&self, id: u64) -> Result<Vec<u8>, Status> {
        self.name(id).await.map(String::into_bytes)
    }

    async fn r#move(&self, r#type: &str) -> Result<(), Status> {
        Err(Status::new(Code::AlreadyExists, r#type.to_owned()))
    }

    async fn watch(
        &self,
        mut ids: Streaming<u64>,
    ) -> Result<impl rpc_core::Stream<Item = Result<String, Status>>, Status> {
        let mut names = Vec::new();
        while let Some(id) = ids.next().await {
            names.push(self.name(id?).await);
        }
        if names.is_empty() {
            return Err(Status::new(Code::InvalidArgument, "no user is named"));
        }
        Ok(stream::iter(names))
    }

    async fn items(&self) -> impl rpc_core::Stream<Item = Result<u32, Status>> {
        stream::iter([Ok(7), Err(Status::new(Code::Aborted, "enough"))])
    }
}

/// A server and a client of it, in a codec.
async fn users(codec: CodecId, limits: Limits) -> UsersClient {
    let url = Setup::over("mem://{unique}").address();
    let server = Server::new().add(UsersServer::new(Desk)).listen(&url).bind().await.unwrap();
    tokio::spawn(server.serve());
    UsersClient::new(ChannelConfig::new().codec(codec).limits(limits).connect(&url).await.unwrap())
}

/// What the method returned, which is no failure of the call.
#[track_caller]
fn returned<T: std::fmt::Debug>(result: Result<T, CallError<Status>>) -> Status {
    match result {
        Err(CallError::App(status)) => status,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_status_that_a_method_returns_is_its_own_error() {
    for &codec in CodecId::SUPPORTED {
        let users = users(codec, Limits::default()).await;
        assert_eq!(within("the name", users.name(1)).await.unwrap(), "Ada");
        assert_eq!(within("the photo", users.photo(1)).await.unwrap(), b"Ada");
        let error = within("the name", users.name(7)).await.unwrap_err();
        assert_eq!(error.to_string(), r"NotFound: there is no user 7\n (ran and failed)", "{codec}");
        let status = returned(Err::<(), _>(error));
        assert_eq!((status.code(), status.message()), (Code::NotFound, "there is no user 7\n"));
        assert_eq!((status.delivery(), status.step()), (Delivery::Failed, None));
        assert_eq!(returned(within("the photo", users.photo(7)).await).code(), Code::NotFound);
    }
}

#[tokio::test]
async fn words_of_rust_are_names_of_methods_and_arguments_and_not_raw_on_the_wire() {
    let users = users(CodecId::BINARY, Limits::default()).await;
    #[expect(deprecated, reason = "the caller is told, and nobody else")]
    let moved = users.r#move("van");
    assert_eq!(returned(within("the move", moved).await).message(), "van");
    assert_eq!(UsersClient::DESCRIPTOR.methods[2].name, "move");
}

#[tokio::test]
async fn a_status_comes_in_the_place_of_a_stream_and_of_an_item() {
    for &codec in CodecId::SUPPORTED {
        let users = users(codec, Limits::default()).await;
        let none = within("no stream", users.watch(stream::iter([]))).await.map(drop);
        assert_eq!(returned(none).code(), Code::InvalidArgument, "{codec}");
        let mut names = within("a stream", users.watch(stream::iter([1, 7]))).await.unwrap();
        assert_eq!(within("a name", names.next()).await.unwrap().unwrap(), "Ada");
        let last = within("no name", names.next()).await.unwrap();
        assert_eq!(returned(last).message(), "there is no user 7\n", "{codec}");
        let mut items = within("a stream", users.items()).await.unwrap();
        assert_eq!(within("an item", items.next()).await.unwrap().unwrap(), 7);
        assert_eq!(returned(within("no item", items.next()).await.unwrap()).code(), Code::Aborted, "{codec}");
    }
}

#[test]
fn in_json_a_status_is_its_number_and_its_message() {
    let mut written = bytes::BytesMut::new();
    codec::encode(CodecId::JSON, &Status::new(Code::DataLoss, "a\n"), &mut written).unwrap();
    assert_eq!(written[..], *br#"{"code":15,"message":"a\n"}"#);
    let read: Status = codec::decode(CodecId::JSON, &written, &DecodeLimits::default()).unwrap();
    assert_eq!((read.code(), read.message()), (Code::DataLoss, "a\n"));
    let unknown = codec::decode::<Status>(CodecId::JSON, br#"{"code":99,"message":""}"#, &DecodeLimits::default());
    assert_eq!(unknown.unwrap().code(), Code::Unknown);
}

#[tokio::test]
async fn a_status_with_a_message_beyond_the_limit_is_a_failure_of_the_call() {
    let users = users(CodecId::BINARY, Limits::default().message(4 << 10)).await;
    let text = "x".repeat(4 << 10);
    #[expect(deprecated, reason = "it takes a message and gives it back")]
    let moved = within("the move", users.r#move(&text[..3_000])).await;
    assert_eq!(returned(moved).message().len(), 3_000);
    #[expect(deprecated, reason = "it takes a message and gives it back")]
    match within("the move", users.r#move(&text)).await {
        Err(CallError::Rpc(status)) => assert_eq!(status.code(), Code::ResourceExhausted),
        other => panic!("{other:?}"),
    }
}
