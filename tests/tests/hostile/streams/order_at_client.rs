//! S-5 the other way: what cannot come to a client ends its connection; what only says that the two sides know a method in
//! another shape, or that a call has failed, ends that call.

use futures_util::{StreamExt, stream};
use rpc_core::{
    CallError, Code, Delivery, Limits,
    wire::{Flags, Head, Kind},
};
use rpc_tests::{LabError, LaboratoryClient, RawPeer, StreamsClient, server_over_a_pipe, watched, within};
use tokio::io::DuplexStream;

use super::{Accounts, Items, UNEXPECTED, begun, credit, end, item, load, response, served_by_hand};
use crate::attack::{STREAMS, attack};

fn begin(call: u32) -> Head {
    Head::new(Kind::Begin, call)
}

/// A server by hand that was asked for a stream as call 1, for a sum of items as call 3 and for a note as call 5. The calls
/// go on until the client is dropped.
async fn asked() -> (RawPeer<DuplexStream>, StreamsClient) {
    let (mut server, channel) = server_over_a_pipe(64 << 10, Default::default(), Default::default()).await;
    let (client, laboratory) = (StreamsClient::new(channel.clone()), LaboratoryClient::new(channel));
    let calls: [(u32, futures_util::future::BoxFuture<'static, ()>); 3] = [
        (1, {
            let client = client.clone();
            Box::pin(async move { drop(client.count(1).await.map(|items| items.collect::<Vec<_>>())) })
        }),
        (3, {
            let client = client.clone();
            Box::pin(async move { drop(client.sum(0, stream::pending(), 1).await) })
        }),
        (5, Box::pin(async move { drop(laboratory.note(1).await) })),
    ];
    for (call, asking) in calls {
        tokio::spawn(asking);
        assert_eq!(server.receive().await.expect("a request").0.call, call);
    }
    (server, client)
}

#[tokio::test]
async fn s05_what_cannot_come_to_a_client_ends_its_connection() {
    let more = |head: Head| head.flags(Flags::MORE);
    let cases = [
        ("an item before the beginning", vec![item(1)]),
        ("an end before the beginning", vec![end(1)]),
        ("a second beginning", vec![begin(1), begin(1)]),
        ("an item before all of the beginning", vec![more(begin(1)), item(1)]),
        ("an end before all of the beginning", vec![more(begin(1)), end(1)]),
        ("a response behind the beginning", vec![begin(1), response(1)]),
        ("an item behind the end", vec![begin(1), end(1), item(1)]),
        ("a second end", vec![begin(1), end(1), end(1)]),
        ("an item in the middle of the end", vec![begin(1), more(end(1)), item(1)]),
        ("an item for a call that only sends some", vec![item(3)]),
        ("an end for a call that only sends items", vec![end(3)]),
        ("an item for a call without any", vec![item(5)]),
        ("an end for a call without items", vec![end(5)]),
        ("a beginning of no call", vec![begin(7)]),
        ("an item of no call", vec![item(7)]),
        ("an end of no call", vec![end(7)]),
        ("a beginning of a call of the server's own", vec![begin(2)]),
        ("an item of the connection", vec![item(0)]),
    ];
    attack()
        .over(&STREAMS[..1])
        .run(async |_| {
            for (what, frames) in &cases {
                let (mut server, _client) = asked().await;
                for head in frames {
                    server.send(*head, b"").await;
                }
                let frame = server.receive_all().await.pop().expect("an error frame");
                assert_eq!((frame.0.kind, frame.0.word), (Kind::Error, UNEXPECTED), "{what}: {frame:?}");
            }
        })
        .await;
}

/// The next frame is the cancel of this call.
async fn is_cancelled(server: &mut RawPeer<DuplexStream>, call: u32) {
    let (head, _) = server.receive().await.expect("a cancel");
    assert_eq!((head.kind, head.call), (Kind::Cancel, call));
}

#[tokio::test]
async fn s05_a_reply_of_another_shape_fails_its_call_and_what_it_sends_stops() {
    attack()
        .over(&STREAMS[..1])
        .run(async |_| {
            let (mut server, client) = served_by_hand(Limits::default()).await;
            let mut accounts = Accounts::default();
            let ask = |stream: bool| {
                let (client, (numbers, watched)) =
                    (client.clone(), watched(stream::iter([1]).chain(stream::pending())));
                let call = tokio::spawn(async move {
                    match stream {
                        true => client.count(1).await.map(drop),
                        false => client.sum(0, numbers, 1).await.map(drop),
                    }
                });
                (call, watched)
            };
            // One value where items are awaited.
            let (call, _) = ask(true);
            let id = accounts.next(&mut server).await.0.call;
            server.send(response(id), &[0; 8]).await;
            let error = within("the call", call).await.unwrap().unwrap_err();
            assert_eq!((error.code(), error.delivery()), (Some(Code::Internal), Delivery::Failed), "{error}");
            // Items where one value is awaited: no more is sent, whatever credit there is.
            let (call, watched) = ask(false);
            let id = accounts.next(&mut server).await.0.call;
            server.send(begin(id), b"").await;
            let error = within("the call", call).await.unwrap().unwrap_err();
            assert_eq!((error.code(), error.delivery()), (Some(Code::Internal), Delivery::Failed), "{error}");
            let (cancel, _) = accounts.next(&mut server).await;
            assert_eq!((cancel.kind, cancel.call), (Kind::Cancel, id));
            watched.until_dropped().await;
            server.send(credit(id, 1_000, 1_000), b"").await;
            server.send(credit(0, 1_000, 0), b"").await;
            for len in [8, 100] {
                server.send(item(id), &load(len)).await;
            }
            server.send(end(id), b"").await;
            accounts.settle(&mut server).await;
            assert!(accounts.items.values().all(|items| items.len() == 1), "{accounts:?}");
            // The connection lives, and the ids are free.
            let (again, mut items) = begun(&mut server, &client).await;
            server.send(end(again), b"").await;
            assert!(within("the end", items.next()).await.is_none());
        })
        .await;
}

/// What a stream gives, and how it ends, when a server says this behind its beginning and closes.
async fn heard(frames: &[(Head, &[u8])], closes: bool) -> (usize, Option<CallError<std::convert::Infallible>>) {
    let (mut server, client) = served_by_hand(Limits::default()).await;
    let (_, mut items): (_, Items) = begun(&mut server, &client).await;
    let bytes: Vec<u8> = frames.iter().flat_map(|(head, body)| RawPeer::frame(*head, body)).collect();
    server.send_bytes(&bytes).await;
    let _open = (!closes).then_some(server);
    let mut count = 0;
    loop {
        match within("an item", items.next()).await {
            Some(Ok(_)) => count += 1,
            Some(Err(error)) => return (count, Some(error)),
            None => return (count, None),
        }
    }
}

#[tokio::test]
async fn s05_what_had_come_is_delivered_however_the_stream_ends() {
    let load = &load(30)[..];
    let (one, more) = ((item(1), load), item(1).flags(Flags::MORE));
    attack()
        .over(&STREAMS[..1])
        .run(async |_| {
            // An end that comes together with the items, that says something, that never comes.
            let (count, ended) = heard(&[one, one, one, (end(1), b"")], false).await;
            assert!((count, ended.is_none()) == (3, true), "{ended:?}");
            for (code, text, expected) in
                [(5, &b"gone"[..], Code::NotFound), (99, b"\xff", Code::Unknown), (8, b"", Code::ResourceExhausted)]
            {
                let (count, ended) = heard(&[one, one, (end(1).word(code), text)], false).await;
                let error = ended.expect("it failed");
                assert_eq!((count, error.code(), error.delivery()), (2, Some(expected), Delivery::Failed), "{error}");
            }
            for cut in [vec![one, one], vec![one, one, (more, &load[..9])]] {
                let (count, ended) = heard(&cut, true).await;
                let error = ended.expect("it failed");
                assert_eq!((count, error.code(), error.delivery()), (2, Some(Code::Unavailable), Delivery::Unknown));
            }
            // The end drops what has come of an item.
            let (count, ended) = heard(&[one, (more, &load[..9]), (end(1).word(1), b"stopped")], false).await;
            assert_eq!((count, ended.expect("it failed").code()), (1, Some(Code::Cancelled)));
            // The flag is a caller's: from a server it says nothing.
            let (count, ended) = heard(&[(item(1).flags(Flags::END), load), one, (end(1), b"")], false).await;
            assert!((count, ended.is_none()) == (2, true), "{ended:?}");
            // An item that is compressed, which nobody agreed on.
            let (count, ended) = heard(&[one, (item(1).flags(Flags::COMPRESSED), load)], false).await;
            assert_eq!((count, ended.expect("it failed").code()), (1, Some(Code::Internal)));
        })
        .await;
}

#[tokio::test]
async fn s05_a_call_may_fail_in_the_place_of_its_beginning() {
    let refused = Flags::NOT_RUN;
    let missing = [&0_u32.to_le_bytes()[..], &1_u64.to_le_bytes(), b"x"].concat();
    attack()
        .over(&STREAMS[..1])
        .run(async |_| {
            let ask = async |frames: &[(Head, &[u8])]| {
                let (mut server, client) = served_by_hand(Limits::default()).await;
                let asking =
                    tokio::spawn(async move { client.perhaps(Some(1)).await.map(|items| items.metadata().len()) });
                assert_eq!(server.receive().await.unwrap().0.call, 1);
                for (head, body) in frames {
                    server.send(*head, body).await;
                }
                (within("the call", asking).await.unwrap(), server)
            };
            let (ended, _) = ask(&[(response(1).word(5), b"nowhere")]).await;
            let error = ended.unwrap_err();
            assert_eq!((error.code(), error.delivery()), (Some(Code::NotFound), Delivery::Failed), "{error}");
            let (ended, _) = ask(&[(response(1).word(13).flags(refused), b"no")]).await;
            assert_eq!(ended.unwrap_err().delivery(), Delivery::Refused);
            let (ended, _) = ask(&[(response(1).word(2).flags(Flags::APP_ERROR), &missing)]).await;
            assert!(matches!(ended, Err(CallError::App(LabError::Missing { what })) if what == "x"));
            // The response drops what has come of a beginning.
            let (ended, _) = ask(&[(begin(1).flags(Flags::MORE), b"par"), (response(1).word(1), b"stopped")]).await;
            assert_eq!(ended.unwrap_err().code(), Some(Code::Cancelled));
            // A beginning that cannot be read.
            let (ended, mut server) = ask(&[(begin(1).flags(Flags::BLOCK), &[9, 0, 1])]).await;
            let error = ended.unwrap_err();
            assert_eq!((error.code(), error.delivery()), (Some(Code::Internal), Delivery::Failed), "{error}");
            is_cancelled(&mut server, 1).await;
            // One with a body, which says nothing.
            let (ended, _server) = ask(&[(begin(1), b"what is this")]).await;
            assert_eq!(ended.unwrap(), 0);
        })
        .await;
}
