//! Someone who uses a client in every way at once. Each call must end, whoever answers.

use std::{
    fmt::Display,
    future::{Future, IntoFuture},
    pin::pin,
    task::{Context, Waker},
    time::Duration,
};

use rpc_core::{CallError, Delivery};
use tokio::{
    task::{JoinSet, yield_now},
    time::timeout,
};

use crate::{
    market::{Basket, QuotesClient},
    peer::LONG,
};

/// The oneways among the calls.
pub(crate) const ONEWAYS: usize = 1;

/// Calls of every kind, side by side and then once more; gives how many say that they were answered. A oneway does, which
/// was sent.
///
/// # Panics
/// When one does not end, or says something of more than one line.
pub(crate) async fn shop(client: &QuotesClient) -> usize {
    let mut calls = JoinSet::new();
    for symbol in ["AAPL", "NOPE"] {
        let client = client.clone();
        calls.spawn(async move { ended(client.quote(symbol)).await });
    }
    let other = client.clone();
    calls.spawn(async move { ended(other.log("hi")).await });
    let other = client.clone();
    calls.spawn(
        async move { ended(other.echo(basket()).metadata("tenant", "eu").timeout(Duration::from_hours(2))).await },
    );
    let other = client.clone();
    calls.spawn(async move { ended(other.bytes(vec![7; 150])).await });
    let other = client.clone();
    calls.spawn(async move { ended(other.wait(60_000).timeout(Duration::from_secs(5))).await });
    let other = client.clone();
    calls.spawn(async move {
        given_up(other.wait(1)).await;
        false
    });
    let mut answered = 0;
    while let Some(ended) = calls.join_next().await {
        answered += usize::from(ended.expect("a call panics"));
    }
    answered + usize::from(ended(client.quote("AAPL")).await)
}

fn basket() -> Basket {
    let within = Basket { shares: [("AAPL".to_owned(), vec![Some(1), None])].into(), within: None };
    Basket { shares: [(String::new(), vec![])].into(), within: Some(Box::new(within)) }
}

/// Waits for a call. Whether it says that it was answered.
async fn ended<T, E>(call: impl IntoFuture<Output = Result<T, CallError<E>>>) -> bool {
    let outcome = timeout(3 * LONG, call).await.expect("every call ends");
    let Err(error) = outcome else { return true };
    error.status().into_iter().for_each(is_one_line);
    matches!(error.delivery(), Delivery::Refused | Delivery::Failed)
}

pub(crate) fn is_one_line(error: &impl Display) {
    let text = error.to_string();
    assert!(!text.contains(char::is_control), "{text:?}");
}

/// Makes a call and waits for it no more as soon as it is sent.
async fn given_up(call: impl Future) {
    let mut call = pin!(call);
    for _ in 0..3 {
        let polled = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        if polled.is_ready() {
            return;
        }
        yield_now().await;
    }
}
