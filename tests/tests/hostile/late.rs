//! D-4 before anything is sent: calls whose deadline passes while they wait for a connection, or for room on one.

use std::{collections::BTreeSet, time::Duration};

use rpc_core::{
    ChannelConfig, Code, Delivery, Limits,
    wire::{Head, Hello, Kind},
};
use rpc_tests::{Answer, Desk, Door, LaboratoryClient, request, server_by_hand, within};
use tokio::{task::JoinSet, time::Instant};

use crate::attack::{STREAMS, attack};

#[tokio::test(start_paused = true)]
async fn d04_calls_whose_deadline_passes_while_they_wait_for_a_connection_are_not_sent() {
    attack()
        .over(&["mem://{unique}"])
        .by_a_still_clock()
        .run(async |_| {
            let (door, desk) = (Door::default(), Desk::default());
            door.answer("x", Answer::Silence);
            let client = LaboratoryClient::new(ChannelConfig::new().transport(door.clone()).lazy("door://x").unwrap());
            let mut late = JoinSet::new();
            for id in 0..100 {
                let client = client.clone();
                late.spawn(async move {
                    let start = Instant::now();
                    let error = client.note(id).wait_for_ready().timeout(Duration::from_secs(1)).await.unwrap_err();
                    assert_eq!((error.code(), error.delivery()), (Some(Code::DeadlineExceeded), Delivery::NotSent));
                    start.elapsed()
                });
            }
            let took = late.join_all().await;
            assert!(took.iter().all(|took| took.as_millis().abs_diff(1_000) < 3), "{took:?}");
            door.answer("x", Answer::Served(desk.clone()));
            assert_eq!(client.note(100).wait_for_ready().await.unwrap(), 100);
            assert_eq!(desk.ledger(), [100]);
            drop(client);
            desk.until_running(0).await;
        })
        .await;
}

#[tokio::test]
async fn d04_calls_whose_deadline_passes_while_they_wait_for_room_are_not_sent() {
    const FIRST: usize = 20;
    attack()
        .over(&STREAMS[..1])
        .run(async |_| {
            let limits = Limits { send_buffer: 1 << 10, ..Limits::default() };
            let (mut server, client) = server_by_hand(Hello::default(), ChannelConfig::new().limits(limits)).await;
            // Far more than the kernel takes.
            let mut first = JoinSet::new();
            for _ in 0..FIRST {
                let client = client.clone();
                first.spawn(async move { client.bytes(vec![7; 1 << 20]).await });
            }
            let mut unsent = BTreeSet::new();
            for id in 0..20 {
                let late = client.note(id).timeout(Duration::from_millis(10));
                let error = within("a late call", late).await.unwrap_err();
                assert_eq!(error.code(), Some(Code::DeadlineExceeded));
                unsent.extend((error.delivery() == Delivery::NotSent).then_some(id));
            }
            assert!(unsent.len() >= 10, "most of them found room");
            let mut answered = 0;
            while answered < FIRST {
                let (head, body) = server.receive().await.expect("a request");
                if head.word == request(1, "bytes").word {
                    answered += 1;
                    server.send(Head { kind: Kind::Response, word: 0, extra: 0, ..head }, &body).await;
                } else if head.kind == Kind::Request {
                    let id = u64::from_le_bytes(body[..].try_into().expect("the argument of `note`"));
                    assert!(!unsent.contains(&id), "late call {id} was sent");
                }
            }
            for ended in within("the first calls", first.join_all()).await {
                assert_eq!(ended.unwrap().len(), 1 << 20);
            }
            drop(client);
            let requests = server.receive_all().await.iter().filter(|(head, _)| head.kind == Kind::Request).count();
            assert_eq!(requests, 0, "a late call was sent");
        })
        .await;
}
