//! Messages longer than a frame: cut, interleaved, joined.

use rpc_core::Limits;
use rpc_tests::{Sample, Setup};

scenarios! {
    messages_in_fragments_go_both_ways,
    small_calls_go_between_the_fragments_of_long_ones,
    frames_and_buffers_of_the_smallest_size_work,
}

fn cut() -> Limits {
    Limits { frame: 64, send_buffer: 200, ..Limits::default() }
}

async fn messages_in_fragments_go_both_ways(setup: Setup) {
    let served = setup.serve_with(cut()).await;
    let client = setup.client_with(&served, cut()).await;
    for len in [0, 1, 30, 39, 40, 41, 47, 48, 49, 95, 96, 97, 5_000] {
        let bytes: Vec<u8> = (0..len).map(|n: u32| (n % 251) as u8).collect();
        assert_eq!(client.bytes(bytes.clone()).await.unwrap(), bytes);
        assert_eq!(client.big(len).await.unwrap().len(), len as usize);
    }
    assert_eq!(client.echo(Sample::full()).await.unwrap(), Sample::full());
    let seen = client.context().metadata("long", [9; 500]).detailed().await.unwrap();
    assert_eq!(seen.metadata.get("long"), Some(&[9; 500][..]), "metadata reaches over fragments");
}

async fn small_calls_go_between_the_fragments_of_long_ones(setup: Setup) {
    let served = setup.serve_with(cut()).await;
    let client = setup.client_with(&served, cut()).await;
    let long: Vec<_> = (0..4)
        .map(|n| {
            let client = client.clone();
            tokio::spawn(async move { client.bytes(vec![n; 30_000]).await.unwrap() == vec![n; 30_000] })
        })
        .collect();
    for n in 0..100 {
        assert_eq!(client.add(n, n).await.unwrap(), 2 * n);
    }
    for call in long {
        assert!(call.await.unwrap(), "a long message came back otherwise");
    }
}

async fn frames_and_buffers_of_the_smallest_size_work(setup: Setup) {
    let tiny = || Limits { frame: 17, send_buffer: 1, read_buffer: 1, ..Limits::default() };
    let served = setup.serve_with(tiny()).await;
    let client = setup.client_with(&served, tiny()).await;
    assert_eq!(client.bytes(vec![3; 300]).await.unwrap(), [3; 300]);
    let (one, two) = tokio::join!(client.bytes(vec![1; 200]), client.add(1, 2));
    assert_eq!((one.unwrap(), two.unwrap()), (vec![1; 200], 3));
}
