//! What each method with a stream gives, over every transport.

use std::time::Duration;

use futures_util::stream;
use rpc_core::{CallError, Limits, Stream, Streaming, service};
use rpc_tests::{Setup, tidy, within};

use crate::laboratory::{
    TRANSPORTS, client,
    items::{is, item},
    serve,
    service::LabError,
};

/// Lengths below, at and above those where something changes: the number in an item, a small item, a buffer.
const SIZES: [usize; 8] = [0, 1, 7, 8, 9, 4_095, 70_000, 1_000_000];

#[tokio::test]
async fn ticks_are_numbered_and_as_many_and_as_long_as_asked_for() {
    for url in TRANSPORTS {
        let (setup, limits) = (Setup::over(url), Limits::default());
        let served = serve(&setup, &limits, None).await;
        let lab = client(&served, &limits).await;
        for (size, interval) in SIZES.into_iter().flat_map(|size| [(size, 0), (size, 1)]) {
            let mut items = lab.ticks(7, interval, size as u32).await.unwrap();
            for number in 0..7 {
                assert!(is(&items.next().await.unwrap().unwrap(), number, size), "{url}: {number} of {size}");
            }
            assert!(items.next().await.is_none());
        }
        let error = lab.ticks(1, 0, u32::MAX).await.unwrap_err();
        assert!(matches!(error, CallError::App(LabError::TooMuch { limit: 8_388_608, .. })), "{error}");
        drop(lab);
        within("what was left", tidy(&setup)).await;
    }
}

#[tokio::test]
async fn endless_ticks_end_when_nobody_takes_them_any_more() {
    for url in TRANSPORTS {
        let (setup, limits) = (Setup::over(url), Limits::default());
        let served = serve(&setup, &limits, None).await;
        let lab = client(&served, &limits).await;
        for interval in [0, 3_600_000_000] {
            let mut items = lab.ticks(0, interval, 20).await.unwrap();
            for number in 0..if interval == 0 { 5_000 } else { 1 } {
                assert!(is(&items.next().await.unwrap().unwrap(), number, 20), "{url}: {number}");
            }
            assert_eq!(served.stats.snapshot().streams, 1);
            drop(items);
            served.until("the stream's end", |now| now.streams == 0 && now.calls_in_flight == 0).await;
        }
        drop(lab);
        within("what was left", tidy(&setup)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn ticks_come_one_each_interval_and_the_first_at_once() {
    let (setup, limits) = (Setup::over("mem://{unique}"), Limits::default());
    let served = serve(&setup, &limits, None).await;
    let lab = client(&served, &limits).await;
    let began = tokio::time::Instant::now();
    let mut items = lab.ticks(3, 1_000_000, 8).await.unwrap();
    for second in 0..3 {
        items.next().await.unwrap().unwrap();
        assert_eq!(began.elapsed(), Duration::from_secs(second));
    }
    assert!(items.next().await.is_none());
    assert_eq!(began.elapsed(), Duration::from_secs(2), "the end does not wait");
}

#[tokio::test]
async fn sums_and_counts_are_of_all_items() {
    for url in TRANSPORTS {
        let (setup, limits) = (Setup::over(url), Limits::default());
        let served = serve(&setup, &limits, None).await;
        let lab = client(&served, &limits).await;
        for (items, sum) in
            [(vec![], 0), (vec![7], 7), (vec![i64::MAX, 1], i64::MIN), ((-9_999..10_001).collect(), 10_000)]
        {
            assert_eq!(lab.sum(stream::iter(items)).await.unwrap(), sum, "{url}");
        }
        assert_eq!(lab.sink(stream::empty()).await.unwrap(), 0, "{url}");
        let bytes = SIZES.iter().sum::<usize>() as u64;
        assert_eq!(lab.sink(stream::iter(SIZES.map(|size| vec![1; size]))).await.unwrap(), bytes, "{url}");
        drop(lab);
        within("what was left", tidy(&setup)).await;
    }
}

#[tokio::test]
async fn each_item_is_relayed_as_it_was_and_in_order() {
    for url in TRANSPORTS {
        let (setup, limits) = (Setup::over(url), Limits::default());
        let served = serve(&setup, &limits, None).await;
        let lab = client(&served, &limits).await;
        for size in SIZES {
            let items = stream::iter((0..40).map(move |number| item(number, size)));
            let mut back = lab.relay(items).await.unwrap();
            for number in 0..40 {
                assert_eq!(back.next().await.unwrap().unwrap(), item(number, size), "{url}: {number} of {size}");
            }
            assert!(back.next().await.is_none(), "{url}: {size}");
        }
        drop(lab);
        within("what was left", tidy(&setup)).await;
    }
}

/// The laboratory as a caller sees it who has its types wrong.
#[service(name = "Lab")]
pub(crate) trait Mistaken {
    async fn sum(&self, items: Streaming<u8>) -> Result<i64, LabError>;
    async fn sink(&self, items: Streaming<u8>) -> Result<u64, LabError>;
    async fn relay(&self, items: Streaming<u8>) -> Result<impl Stream<Item = Result<Vec<u8>, LabError>>, LabError>;
}

#[tokio::test]
async fn items_of_another_type_end_a_call_with_what_is_wrong_with_them() {
    let (setup, limits) = (Setup::over("tcp://127.0.0.1:0"), Limits::default());
    let served = serve(&setup, &limits, None).await;
    let mistaken = MistakenClient::new(setup.channel(&served).await);
    for error in [
        mistaken.sum(stream::repeat(1)).await.map(drop).unwrap_err(),
        mistaken.sink(stream::repeat(1)).await.map(drop).unwrap_err(),
    ] {
        let CallError::App(LabError::Items(text)) = error else { panic!("{error}") };
        assert!(text.contains("an item does not decode"), "{text}");
    }
    let mut back = mistaken.relay(stream::repeat(1)).await.unwrap();
    let Some(Err(CallError::App(LabError::Items(text)))) = back.next().await else { panic!("it goes well") };
    assert!(text.contains("an item does not decode"), "{text}");
    drop((back, mistaken));
    within("what was left", tidy(&setup)).await;
}
