//! Streams where names are taken: arguments that are called as the generated code's own variables, a trait that comes
//! out of `macro_rules!`, `Stream` and `Send` that are the user's, and bodies in the trait.
use std::{
    pin::Pin,
    task::{Context, Poll},
};

use rpc_core::service;

struct Each<I>(I);

impl<I: Iterator + Unpin> rpc_core::Stream for Each<I> {
    type Item = I::Item;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<I::Item>> {
        Poll::Ready(self.0.next())
    }
}

mod arguments {
    use super::Each;
    use rpc_core::{Stream, Streaming, service};

    #[service]
    #[rustfmt::skip]
    pub trait Generated {
        async fn service(&self, service: &str, input: Streaming<u8>, output: u8, method: u8) -> impl Stream<Item = u8>;
        async fn items(&self, items: Streaming<Vec<u8>>, request: &[u8], other: u8, slot: u8, stub: u8);
        async fn stream(&self, output: Streaming<u8>, items: u8, item: &u8) -> Result<impl Stream<Item = u8>, String>;
        async fn sending(&self, service: Streaming<u8>) -> u8;
        async fn r#type(&self, r#fn: Streaming<u8>, r#match: &str) -> impl Stream<Item = Vec<u8>>;
    }

    pub struct Desk;

    impl Generated for Desk {
        async fn service(&self, service: &str, _: Streaming<u8>, _: u8, _: u8) -> impl Stream<Item = u8> {
            Each(service.bytes())
        }
        async fn items(&self, _: Streaming<Vec<u8>>, _: &[u8], _: u8, _: u8, _: u8) {}
        async fn stream(&self, _: Streaming<u8>, _: u8, item: &u8) -> Result<impl Stream<Item = u8>, String> {
            Ok(Each(Some(item).into_iter().copied()))
        }
        async fn sending(&self, _: Streaming<u8>) -> u8 {
            0
        }
        async fn r#type(&self, _: Streaming<u8>, r#match: &str) -> impl Stream<Item = Vec<u8>> {
            Each([r#match.into()].into_iter())
        }
    }
}

mod shadowed {
    #![allow(dead_code)]
    use rpc_core::{Stream as Items, Streaming};

    pub struct Result;
    pub struct Vec;
    pub struct Infallible;
    pub struct StreamCall;
    pub trait Send {}
    pub trait Future {}

    #[rpc_core::service]
    pub trait Shadowed {
        async fn trade(&self, orders: Streaming<u8>) -> impl rpc_core::Stream<Item = u8>;
        async fn bytes(&self) -> ::core::result::Result<impl rpc_core::Stream<Item = ::std::vec::Vec<u8>>, u8>;
    }

    pub trait Stream {}

    pub fn unused(_: impl Items) {}
}

macro_rules! counter {
    ($name:ident, $number:ty, $items:ty, $method:ident($argument:ident)) => {
        #[service]
        trait $name {
            async fn $method(&self, $argument: rpc_core::Streaming<$number>, service: &$number) -> $items;
            async fn lent(&self, text: &str, $argument: $number) -> Result<$items, String>;
        }
    };
}

counter!(Counter, u32, impl rpc_core::Stream<Item = u32>, add(input));

mod wide {
    use rpc_core::service;

    counter!(Counter, Vec<u8>, impl rpc_core::Stream<Item = Result<Vec<u8>, String>>, add(output));
}

mod bodies {
    use super::Each;
    use rpc_core::{Stream, Streaming, service};

    #[service]
    pub trait Bodies: Sized {
        async fn characters(&self, text: &str) -> Result<impl Stream<Item = char>, String> {
            if text.is_empty() {
                return Err("empty".into());
            }
            let skipped: usize = text.parse().map_err(|_| format!("{text} is no number"))?;
            Ok(Each(text.chars().skip(skipped)))
        }
        async fn count(&self, numbers: Streaming<u64>) -> u64 {
            let mut numbers = numbers;
            let mut count = 0;
            while let Some(Ok(_)) = numbers.next().await {
                count += 1;
            }
            count + self.offset().await
        }
        async fn constants(&self) -> impl Stream<Item = u64> {
            Each([1, 2, 3].into_iter())
        }
        async fn offset(&self) -> u64;
    }

    pub struct Desk;

    impl Bodies for Desk {
        async fn offset(&self) -> u64 {
            1
        }
        async fn constants(&self) -> impl Stream<Item = u64> {
            Each([4].into_iter())
        }
    }
}

fn main() {
    let _ = arguments::GeneratedServer::new(arguments::Desk);
    let _ = bodies::BodiesServer::new(bodies::Desk);
    let _ = |client: arguments::GeneratedClient| async move {
        let _ = client.service("text", Each([1].into_iter()), 1, 2).await;
        let _ = client.r#type(Each([1].into_iter()), "text").await;
    };
    assert_eq!(CounterClient::DESCRIPTOR.methods[0].name, "add");
    assert_eq!(CounterClient::DESCRIPTOR.methods[1].name, "lent");
    let _ = shadowed::ShadowedClient::DESCRIPTOR;
}
