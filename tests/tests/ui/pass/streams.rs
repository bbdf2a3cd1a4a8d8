//! Every shape of streams, in a trait, its implementation and calls of it; all that is generated can be sent.
#![deny(warnings, refining_impl_trait)]
use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use rpc_core::{CallError, Status, Stream, Streaming, service};

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Quote(String, u64);

#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct Unknown(String);

/// What every stream here is made of.
struct Each<I>(I);

impl<I: Iterator + Unpin> Stream for Each<I> {
    type Item = I::Item;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<I::Item>> {
        Poll::Ready(self.0.next())
    }
}

#[service]
pub trait Quotes {
    #[rpc(timeout = "1h", idle_timeout = "30s")]
    async fn watch(&self, symbols: Vec<String>) -> impl Stream<Item = Quote>;
    /// The stream borrows the service and the argument.
    async fn matching(&self, part: &str) -> impl Stream<Item = Result<Quote, Unknown>>;
    async fn opened(&self, quotes: &[Quote], least: &u64) -> Result<impl Stream<Item = Quote>, Unknown>;
    async fn both(&self) -> Result<impl Stream<Item = Result<Quote, Unknown>> + Send, Unknown>;
    async fn bytes(&self, bytes: &[u8]) -> impl Stream<Item = Vec<u8>>;
    async fn byte_results(&self) -> impl Stream<Item = Result<Vec<u8>, Unknown>>;
    async fn opened_bytes(&self, bytes: Vec<u8>) -> std::result::Result<impl Stream<Item = Vec<u8>>, Unknown>;
    async fn opened_byte_results(&self) -> Result<impl Stream<Item = Result<Vec<u8>, Unknown>>, Unknown>;
    #[rpc(idempotent, idle_timeout = "500ms")]
    async fn upload(&self, quotes: Streaming<Quote>) -> Result<u64, Unknown>;
    async fn count(&self, quotes: Streaming<Quote>) -> u64;
    async fn drain(&self, quotes: Streaming<Result<Quote, String>>);
    async fn store(&self, name: &str, chunks: rpc_core::Streaming<Vec<u8>>, limit: u64) -> Vec<u8>;
    async fn try_store(&self, chunks: Streaming<Vec<u8>>, name: String) -> Result<Vec<u8>, Unknown>;
    async fn trade(&self, orders: Streaming<Quote>) -> impl Stream<Item = Quote>;
    async fn filter(&self, least: &u64, orders: Streaming<u64>) -> Result<impl Stream<Item = u64>, Unknown>;
    async fn echo(&self, chunks: Streaming<Vec<u8>>) -> impl Stream<Item = Result<Vec<u8>, Unknown>>;
}

struct Desk {
    quotes: Vec<Quote>,
}

impl Quotes for Desk {
    async fn watch(&self, symbols: Vec<String>) -> impl Stream<Item = Quote> {
        Each(self.quotes.iter().filter(move |quote| symbols.contains(&quote.0)).cloned())
    }
    async fn matching(&self, part: &str) -> impl Stream<Item = Result<Quote, Unknown>> {
        Each(self.quotes.iter().map(move |quote| match quote.0.contains(part) {
            true => Ok(quote.clone()),
            false => Err(Unknown(part.to_owned())),
        }))
    }
    async fn opened(&self, quotes: &[Quote], least: &u64) -> Result<impl Stream<Item = Quote>, Unknown> {
        Ok(Each(quotes.iter().filter(|quote| quote.1 > *least).cloned()))
    }
    async fn both(&self) -> Result<impl Stream<Item = Result<Quote, Unknown>> + Send, Unknown> {
        let first = self.quotes.first().ok_or_else(|| Unknown(String::new()))?;
        Ok(Each(std::iter::once(Ok(first.clone()))))
    }
    async fn bytes(&self, bytes: &[u8]) -> impl Stream<Item = Vec<u8>> {
        Each(bytes.chunks(2).map(<[u8]>::to_vec))
    }
    async fn byte_results(&self) -> impl Stream<Item = Result<Vec<u8>, Unknown>> {
        Each(self.quotes.iter().map(|quote| Ok(quote.0.as_bytes().to_vec())))
    }
    async fn opened_bytes(&self, bytes: Vec<u8>) -> std::result::Result<impl Stream<Item = Vec<u8>>, Unknown> {
        Ok(Each(std::iter::once(bytes)))
    }
    async fn opened_byte_results(&self) -> Result<impl Stream<Item = Result<Vec<u8>, Unknown>>, Unknown> {
        self.opened_bytes(vec![]).await.map(|_| Each(std::iter::empty()))
    }
    async fn upload(&self, mut quotes: Streaming<Quote>) -> Result<u64, Unknown> {
        let mut sum = 0;
        while let Some(quote) = quotes.next().await {
            sum += quote.map_err(|status: Status| Unknown(status.to_string()))?.1;
        }
        Ok(sum)
    }
    async fn count(&self, _: Streaming<Quote>) -> u64 {
        0
    }
    async fn drain(&self, mut quotes: Streaming<Result<Quote, String>>) {
        while let Some(Ok(quote)) = quotes.next().await {
            let _: Result<Quote, String> = quote;
        }
    }
    async fn store(&self, name: &str, mut chunks: Streaming<Vec<u8>>, _: u64) -> Vec<u8> {
        let mut stored = name.as_bytes().to_vec();
        while let Some(Ok(chunk)) = chunks.next().await {
            stored.extend(chunk);
        }
        stored
    }
    async fn try_store(&self, _: Streaming<Vec<u8>>, name: String) -> Result<Vec<u8>, Unknown> {
        Err(Unknown(name))
    }
    async fn trade(&self, mut orders: Streaming<Quote>) -> impl Stream<Item = Quote> {
        let first = orders.next().await.and_then(Result::ok);
        Each(first.into_iter().chain(self.quotes.iter().cloned()))
    }
    async fn filter(&self, least: &u64, mut orders: Streaming<u64>) -> Result<impl Stream<Item = u64>, Unknown> {
        let first = orders.next().await.ok_or_else(|| Unknown("nothing".into()))?;
        Ok(Each(first.into_iter().filter(|order| order > least)))
    }
    async fn echo(&self, chunks: Streaming<Vec<u8>>) -> impl Stream<Item = Result<Vec<u8>, Unknown>> {
        Echo(chunks)
    }
}

/// A stream of what another brings.
struct Echo(Streaming<Vec<u8>>);

impl Stream for Echo {
    type Item = Result<Vec<u8>, Unknown>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut self.0).poll_next(cx);
        polled.map(|chunk| chunk.map(|chunk| chunk.map_err(|status| Unknown(status.to_string()))))
    }
}

type Item<T, E = Unknown> = Option<Result<T, CallError<E>>>;

async fn streams_that_come_back(client: QuotesClient) -> Result<(), CallError<Unknown>> {
    let _: Item<Quote, Infallible> = client.watch(vec!["AAPL".into()]).await.unwrap().next().await;
    let part = String::from("AA");
    let mut matching = client.matching(&part).await?;
    drop(part); // The call has borrowed it, the stream does not.
    let _: Item<Quote> = matching.next().await;
    let _: Item<Quote> = client.opened(&[], &1).await?.next().await;
    let _: Item<Quote> = client.both().await?.next().await;
    let _: Item<Vec<u8>, Infallible> = client.bytes(b"bytes").await.unwrap().next().await;
    let _: Item<Vec<u8>> = client.byte_results().await?.next().await;
    let _: Item<Vec<u8>> = client.opened_bytes(vec![1]).await?.next().await;
    let mut last = client.opened_byte_results().await?;
    drop(client);
    let _: Item<Vec<u8>> = last.next().await;
    Ok(())
}

async fn streams_that_are_sent(client: QuotesClient, quotes: Vec<Quote>) -> Result<(), CallError<Unknown>> {
    let sent = move || Each(quotes.clone().into_iter());
    let chunks = || Each([vec![1]].into_iter());
    let (name, least) = (String::from("name"), 7);
    let _: u64 = client.upload(sent()).await?;
    let _: u64 = client.count(sent()).await.unwrap();
    let () = client.drain(Each([Err("none".into())].into_iter())).await.unwrap();
    let _: Vec<u8> = client.store(&name, chunks(), 7).await.unwrap();
    let _: Vec<u8> = client.try_store(chunks(), name).await?;
    let _: Item<Quote, Infallible> = client.trade(sent()).await.unwrap().next().await;
    let _: Item<u64> = client.filter(&least, Each(1..9)).await?.next().await;
    let _: Item<Vec<u8>> = client.echo(chunks()).await?.next().await;
    Ok(())
}

fn sendable(_: impl Send) {}

fn main() {
    let _ = |client: QuotesClient| {
        sendable(client.watch(vec![]));
        sendable(client.trade(Each(std::iter::empty())));
        sendable(streams_that_come_back(client.clone()));
        sendable(streams_that_are_sent(client, vec![]));
    };
    let _ = QuotesServer::new(Desk { quotes: vec![Quote("AAPL".into(), 1)] });
    let of = |name: &str| QuotesClient::DESCRIPTOR.methods.iter().find(|method| method.name == name).unwrap();
    assert_eq!(of("watch").timeout, Some(std::time::Duration::from_secs(3600)));
    assert!(of("upload").idempotent);
}
