//! Every shape of a method: what it gives, what it takes, and with which errors.

use futures_util::stream;
use rpc_core::{CallError, Code, Delivery};
use rpc_tests::{LabError, LaboratoryClient, Sample, Setup, watched};

use super::{all, by_hand, failure, some};

scenarios! {
    numbers_come_in_order,
    items_of_every_kind_come,
    a_stream_may_be_empty_whichever_way_it_goes,
    the_services_own_error_comes_in_the_place_of_an_item_typed,
    the_services_own_error_comes_in_the_place_of_a_stream_typed,
    items_and_errors_of_bytes_come,
    items_go_beside_the_other_arguments,
    the_services_own_error_comes_while_items_still_go,
    an_answer_comes_while_items_still_go,
    items_go_and_come_at_the_same_time,
    one_item_comes_for_each_that_goes,
    items_come_after_the_last_has_gone,
    methods_that_take_and_give_fail_in_the_same_ways,
    streams_and_other_calls_share_a_connection,
}

async fn numbers_come_in_order(setup: Setup) {
    let (_served, client) = setup.stream_pair().await;
    let numbers = all(client.count(3_000).await.unwrap()).await;
    assert!(numbers.into_iter().eq(0..3_000));
}

async fn items_of_every_kind_come(setup: Setup) {
    let (_served, client) = setup.stream_pair().await;
    // The argument is lent to a stream that outlives the method's own code.
    let samples = all(client.samples(&Sample::full(), 5).await.unwrap()).await;
    assert_eq!(samples, vec![Sample::full(); 5]);
    assert_eq!(all(client.nothings(2_000).await.unwrap()).await, [(); 2_000]);
    let mut loads = all(client.lengths(vec![0, 1, 0, 300]).await.unwrap()).await;
    assert_eq!(loads.pop().unwrap().len(), 300);
    assert_eq!(loads, [vec![], vec![1], vec![]]);
}

async fn a_stream_may_be_empty_whichever_way_it_goes(setup: Setup) {
    let (_served, client) = setup.stream_pair().await;
    let lengths = [
        all(client.count(0).await.unwrap()).await.len(),
        all(client.nothings(0).await.unwrap()).await.len(),
        all(client.lengths(vec![]).await.unwrap()).await.len(),
        all(client.doubt(0, None).await.unwrap()).await.len(),
        all(client.perhaps(Some(0)).await.unwrap()).await.len(),
        all(client.scraps(vec![], false).await.unwrap()).await.len(),
        all(client.relay(stream::empty()).await.unwrap()).await.len(),
        all(client.scale(Some(1), stream::empty()).await.unwrap()).await.len(),
    ];
    assert_eq!(lengths, [0; 8]);
    assert_eq!(client.sum(7, stream::empty(), 2).await.unwrap(), 14);
    assert_eq!(client.weigh(stream::empty()).await.unwrap(), (0, 0));
    assert_eq!(client.check_all(stream::empty()).await.unwrap(), 0);
}

fn missing(what: &str) -> LabError {
    LabError::Missing { what: what.to_owned() }
}

fn own<E>(error: CallError<E>) -> E {
    match error {
        CallError::App(error) => error,
        CallError::Rpc(status) => panic!("{status}"),
    }
}

async fn the_services_own_error_comes_in_the_place_of_an_item_typed(setup: Setup) {
    let (_served, client) = setup.stream_pair().await;
    assert_eq!(all(client.doubt(5, None).await.unwrap()).await, [0, 1, 2, 3, 4]);
    for wrong in [0, 3, 99] {
        let mut items = client.doubt(100, Some(wrong)).await.unwrap();
        assert!(some(&mut items, wrong as usize).await.into_iter().eq(0..wrong));
        assert_eq!(own(failure(&mut items).await), missing("number"));
        let status = items.status().unwrap().unwrap_err();
        assert_eq!((status.code(), status.delivery()), (Code::Unknown, Delivery::Failed));
    }
}

async fn the_services_own_error_comes_in_the_place_of_a_stream_typed(setup: Setup) {
    let (_served, client) = setup.stream_pair().await;
    assert_eq!(all(client.perhaps(Some(3)).await.unwrap()).await, [0, 1, 2]);
    let error = client.perhaps(None).await.unwrap_err();
    assert_eq!(error.delivery(), Delivery::Failed);
    assert_eq!(own(error), missing("end"));
    assert_eq!(own(client.scraps(vec![], true).await.unwrap_err()), missing("length"));
}

async fn items_and_errors_of_bytes_come(setup: Setup) {
    let (_served, client) = setup.stream_pair().await;
    assert_eq!(all(client.scraps(vec![0, 1], false).await.unwrap()).await, [vec![], vec![1]]);
    let mut items = client.scraps(vec![1, 0], true).await.unwrap();
    assert_eq!(some(&mut items, 2).await, [vec![1], vec![]]);
    assert_eq!(own(failure(&mut items).await), missing("scrap"));
}

async fn items_go_beside_the_other_arguments(setup: Setup) {
    let (_served, client) = setup.stream_pair().await;
    let call = client.sum(5, stream::iter(0..3_000), 3);
    assert_eq!(call.await.unwrap(), 3 * (5 + 3_000 * 2_999 / 2));
    let loads = [0, 1, 50, 2_000, 0].map(|len| vec![7; len]);
    assert_eq!(client.weigh(stream::iter(loads)).await.unwrap(), (5, 2_051));
    assert_eq!(client.check_all(stream::iter([Some(1), Some(2)])).await.unwrap(), 3);
}

async fn the_services_own_error_comes_while_items_still_go(setup: Setup) {
    let (served, client) = setup.stream_pair().await;
    let (numbers, watched) = watched(stream::iter((0..).map(|n| (n < 10).then_some(n))));
    assert_eq!(own(client.check_all(numbers).await.unwrap_err()), missing("number"));
    watched.until_dropped().await;
    served.desk.until_running(0).await;
}

async fn an_answer_comes_while_items_still_go(setup: Setup) {
    let (_served, client) = setup.stream_pair().await;
    let (numbers, watched_numbers) = watched(stream::repeat(2));
    assert_eq!(client.first(10, numbers).await.unwrap(), 20);
    watched_numbers.until_dropped().await;
    // One that says no more, and does not end.
    let (numbers, watched_numbers) = watched(futures_util::StreamExt::chain(stream::iter([1, 2]), stream::pending()));
    assert_eq!(client.first(2, numbers).await.unwrap(), 3);
    watched_numbers.until_dropped().await;
}

async fn items_go_and_come_at_the_same_time(setup: Setup) {
    let (_served, client) = setup.stream_pair().await;
    let loads: Vec<_> = (0..400_u32).map(|n| vec![n as u8; n as usize % 70]).collect();
    assert_eq!(all(client.relay(stream::iter(loads.clone())).await.unwrap()).await, loads);
    let scaled = all(client.scale(Some(3), stream::iter(0..1_000)).await.unwrap()).await;
    assert!(scaled.into_iter().eq((0..1_000).map(|n| 3 * n)));
}

async fn one_item_comes_for_each_that_goes(setup: Setup) {
    let (_served, client) = setup.stream_pair().await;
    let (sender, loads) = by_hand();
    let mut items = client.relay(loads).await.unwrap();
    for n in 0..100 {
        sender.send(vec![n; 5]).unwrap();
        assert_eq!(some(&mut items, 1).await, [vec![n; 5]]);
    }
    drop(sender);
    assert!(all(items).await.is_empty());
}

async fn items_come_after_the_last_has_gone(setup: Setup) {
    let (_served, client) = setup.stream_pair().await;
    let loads: Vec<_> = (0..300_u32).map(|n| vec![n as u8; n as usize % 30]).collect();
    let (items, watched) = watched(stream::iter(loads.clone()));
    let gathered = client.gather(items).await.unwrap();
    watched.until_dropped().await;
    assert_eq!(all(gathered).await, loads);
}

async fn methods_that_take_and_give_fail_in_the_same_ways(setup: Setup) {
    let (served, client) = setup.stream_pair().await;
    let (numbers, none_watched) = watched(stream::repeat(1));
    assert_eq!(own(client.scale(None, numbers).await.unwrap_err()), missing("factor"));
    let (numbers, watched) = watched(stream::iter([1, 2, u64::MAX].into_iter().chain(0..)));
    let mut items = client.scale(Some(2), numbers).await.unwrap();
    assert_eq!(some(&mut items, 2).await, [2, 4]);
    assert_eq!(own(failure(&mut items).await), missing("room"));
    none_watched.until_dropped().await;
    watched.until_dropped().await;
    served.desk.until_running(0).await;
}

async fn streams_and_other_calls_share_a_connection(setup: Setup) {
    let served = setup.serve().await;
    let channel = setup.channel(&served).await;
    let (client, laboratory) = (rpc_tests::StreamsClient::new(channel.clone()), LaboratoryClient::new(channel));
    let tasks: Vec<_> = (0..24_u64)
        .map(|n| {
            let client = client.clone();
            tokio::spawn(async move {
                let numbers = move || stream::iter(0..100 + n);
                match n % 4 {
                    0 => assert!(all(client.count(100 + n).await.unwrap()).await.into_iter().eq(0..100 + n)),
                    1 => assert_eq!(client.sum(n, numbers(), 1).await.unwrap(), n + (100 + n) * (99 + n) / 2),
                    2 => {
                        let items = client.scale(Some(n), numbers()).await.unwrap();
                        assert!(all(items).await.into_iter().eq((0..100 + n).map(|number| number * n)));
                    }
                    _ => {
                        let loads = move || (0..50).map(move |at| vec![n as u8; at]);
                        let items = client.relay(stream::iter(loads())).await.unwrap();
                        assert!(all(items).await.into_iter().eq(loads()));
                    }
                }
            })
        })
        .collect();
    for n in 0..100 {
        assert_eq!(laboratory.add(n, n).await.unwrap(), 2 * n);
    }
    for task in tasks {
        task.await.unwrap();
    }
}
