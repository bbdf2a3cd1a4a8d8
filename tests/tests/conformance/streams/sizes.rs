//! Items of every size: larger than a frame, than the buffers, than all credit, up to the largest message, and above it.

use futures_util::{StreamExt, stream};
use rpc_core::{Code, CodecId, Delivery, Limits};
use rpc_tests::{LaboratoryClient, Served, Setup, StreamsClient, watched};

use super::{all, by_hand, failure, some};

scenarios! {
    items_of_every_length_go_both_ways,
    items_larger_than_frame_buffer_and_window_go_both_ways,
    items_pass_through_frames_and_buffers_of_the_smallest_size,
    one_item_at_a_time_will_do,
    items_at_the_limit_pass_and_one_byte_more_does_not,
    an_item_above_the_clients_limit_ends_its_stream_by_name_and_no_other_call,
    an_item_above_the_servers_limit_ends_its_call_by_name_and_no_other,
    an_error_above_the_clients_limit_ends_its_stream_all_the_same,
}

async fn with(setup: &Setup, limits: impl Fn() -> Limits) -> (Served, StreamsClient) {
    let served = setup.serve_with(limits()).await;
    let client = setup.streams(&served, limits()).await;
    (served, client)
}

/// Sends items of these lengths, and takes them: from the server alone, and there and back again.
async fn both_ways(client: &StreamsClient, lengths: &[u32]) {
    let items = all(client.lengths(lengths.to_vec()).await.unwrap()).await;
    assert!(items.iter().map(|item| item.len() as u32).eq(lengths.iter().copied()));
    let back = all(client.relay(stream::iter(items.clone())).await.unwrap()).await;
    assert!(back == items, "the items came back otherwise");
    let bytes = lengths.iter().map(|len| u64::from(*len)).sum();
    assert_eq!(client.weigh(stream::iter(items)).await.unwrap(), (lengths.len() as u64, bytes));
}

async fn items_of_every_length_go_both_ways(setup: Setup) {
    let (_served, client) = with(&setup, Limits::default).await;
    both_ways(&client, &[0, 1, 111, 112, 113, 4_079, 4_080, 4_096, 16_384, 0, 20_000, 5]).await;
}

async fn items_larger_than_frame_buffer_and_window_go_both_ways(setup: Setup) {
    let limits = || {
        let credit = Limits::default().stream_bytes(1_000).stream_items(3).connection_stream_bytes(1_500);
        credit.frame(100).send_buffer(300).message(40_000)
    };
    let (_served, client) = with(&setup, limits).await;
    both_ways(&client, &[0, 75, 76, 77, 84, 85, 300, 983, 984, 985, 1_001, 5_000, 0, 9_000, 9_000, 1]).await;
}

async fn items_pass_through_frames_and_buffers_of_the_smallest_size(setup: Setup) {
    let tiny = || {
        let credit = Limits::default().stream_bytes(1).stream_items(1).connection_stream_bytes(1);
        credit.frame(17).send_buffer(1).read_buffer(1)
    };
    let (_served, client) = with(&setup, tiny).await;
    both_ways(&client, &[0, 1, 100, 0, 7]).await;
    let many = (0..4_u64).map(|n| {
        let client = client.clone();
        tokio::spawn(async move { client.sum(n, stream::iter(0..10), 1).await.unwrap() })
    });
    for (n, sum) in (0..).zip(many.collect::<Vec<_>>()) {
        assert_eq!(sum.await.unwrap(), 45 + n);
    }
}

async fn one_item_at_a_time_will_do(setup: Setup) {
    let (_served, client) = with(&setup, || Limits::default().stream_items(1)).await;
    assert!(all(client.count(200).await.unwrap()).await.into_iter().eq(0..200));
    assert_eq!(client.sum(0, stream::iter(0..200), 1).await.unwrap(), 200 * 199 / 2);
    both_ways(&client, &[9; 50]).await;
    // And none of all that streams share.
    let (_served, client) = with(&setup, || Limits::default().connection_stream_bytes(0)).await;
    both_ways(&client, &[9; 50]).await;
}

const MESSAGE: usize = 1_000;

fn small() -> Limits {
    Limits::default().message(MESSAGE)
}

/// The longest bytes that are no longer than that, encoded: in JSON four characters for each 3 or more.
fn most(setup: &Setup) -> usize {
    if setup.codec() == CodecId::BINARY { MESSAGE - 8 } else { 100 }
}

async fn items_at_the_limit_pass_and_one_byte_more_does_not(setup: Setup) {
    let (_served, client) = with(&setup, small).await;
    let most = most(&setup);
    both_ways(&client, &[most as u32, 0, most as u32]).await;
    if setup.codec() == CodecId::BINARY {
        let mut items = client.lengths(vec![most as u32, most as u32 + 1]).await.unwrap();
        some(&mut items, 1).await;
        assert_eq!(failure(&mut items).await.code(), Some(Code::ResourceExhausted));
        let items = stream::iter([vec![0; most], vec![0; most + 1]]);
        assert_eq!(client.weigh(items).await.unwrap_err().code(), Some(Code::ResourceExhausted));
    }
}

async fn an_item_above_the_clients_limit_ends_its_stream_by_name_and_no_other_call(setup: Setup) {
    let served = setup.serve().await;
    let client = setup.streams(&served, small()).await;
    let mut other = client.drip().await.unwrap();
    for _ in 0..3 {
        let mut items = client.lengths(vec![10, 1_000, 10]).await.unwrap();
        assert_eq!(some(&mut items, 1).await[0].len(), 10);
        let error = failure(&mut items).await;
        assert_eq!((error.code(), error.delivery()), (Some(Code::ResourceExhausted), Delivery::Failed));
        let text = error.to_string();
        for part in ["test.Streams/lengths", "item", "1000", "`message`"] {
            assert!(text.contains(part), "{part:?} is missing in {text:?}");
        }
        served.desk.until_running(1).await;
    }
    served.desk.release(1);
    assert_eq!(some(&mut other, 1).await, [0]);
}

async fn an_item_above_the_servers_limit_ends_its_call_by_name_and_no_other(setup: Setup) {
    let served = setup.serve_with(small()).await;
    let channel = setup.channel(&served).await;
    let (client, laboratory) = (StreamsClient::new(channel.clone()), LaboratoryClient::new(channel));
    for _ in 0..3 {
        let (items, watched) = watched(stream::iter([10, 1_000, 10]).map(|len| vec![0; len]).chain(stream::pending()));
        let error = client.hold_back(1, 9, items).await.unwrap_err();
        assert_eq!(error.code(), Some(Code::ResourceExhausted), "{error}");
        // Nothing says whether the method has run: it was told that its caller has gone.
        assert_eq!(error.delivery(), Delivery::Unknown);
        let text = error.to_string();
        for part in ["test.Streams/hold_back", "item", "1000", "the server's limit `message`"] {
            assert!(text.contains(part), "{part:?} is missing in {text:?}");
        }
        watched.until_dropped().await;
        served.desk.until_running(0).await;
        assert_eq!(laboratory.add(1, 2).await.unwrap(), 3);
    }
    // And where the reply has begun.
    let (sender, loads) = by_hand();
    let mut items = client.relay(loads).await.unwrap();
    sender.send(vec![0; 10]).unwrap();
    assert_eq!(some(&mut items, 1).await, [[0; 10]]);
    sender.send(vec![0; 1_000]).unwrap();
    let error = failure(&mut items).await;
    assert!(error.to_string().contains("the server's limit `message`"), "{error}");
    sender.closed().await;
    served.desk.until_running(0).await;
}

async fn an_error_above_the_clients_limit_ends_its_stream_all_the_same(setup: Setup) {
    let served = setup.serve().await;
    let client = setup.streams(&served, Limits::default().message(12)).await;
    let mut items = client.doubt(5, Some(2)).await.unwrap();
    assert_eq!(some(&mut items, 2).await, [0, 1]);
    assert_eq!(failure(&mut items).await.code(), Some(Code::ResourceExhausted));
    assert!(all(client.count(5).await.unwrap()).await.into_iter().eq(0..5));
}
