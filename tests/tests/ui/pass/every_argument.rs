//! Every way to pass an argument, and names that the generated code uses itself.
use std::{collections::HashMap, future::IntoFuture};

use rpc_core::service;

#[service]
trait Arguments {
    async fn text(&self, text: &str) -> String;
    async fn bytes(&self, bytes: &[u8]) -> Vec<u8>;
    async fn buffer(&self, buffer: Vec<u8>) -> usize;
    async fn slice(&self, slice: &[String]) -> Result<u64, String>;
    async fn lent(&self, map: &HashMap<String, u32>);
    async fn owned(&self, pair: (u8, Option<String>), array: [u8; 4]) -> Option<String>;
    async fn mixed(&self, a: &str, b: &[u8], c: &[Vec<u8>], d: &String, e: Vec<u8>, f: u8);
    async fn unit(&self) -> ();
    async fn generated(&self, service: &str, input: u8, output: u8, method: u8, request: u8, other: u8, slot: u8, stub: u8);
    #[rpc(oneway)]
    async fn into_parts(&self, args: &str, value: String);
    #[rustfmt::skip]
    async fn sixteen(&self, a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, i: u8, j: u8, k: u8, l: u8, m: u8, n: u8, o: u8, p: u8);
}

struct Desk;

impl Arguments for Desk {
    async fn text(&self, text: &str) -> String {
        text.into()
    }
    async fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        bytes.into()
    }
    async fn buffer(&self, buffer: Vec<u8>) -> usize {
        buffer.len()
    }
    async fn slice(&self, slice: &[String]) -> Result<u64, String> {
        Ok(slice.len() as u64)
    }
    async fn lent(&self, _: &HashMap<String, u32>) {}
    async fn owned(&self, pair: (u8, Option<String>), _: [u8; 4]) -> Option<String> {
        pair.1
    }
    async fn mixed(&self, _: &str, _: &[u8], _: &[Vec<u8>], _: &String, _: Vec<u8>, _: u8) {}
    async fn unit(&self) {}
    async fn generated(&self, _: &str, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8) {}
    async fn into_parts(&self, _: &str, _: String) {}
    #[rustfmt::skip]
    async fn sixteen(&self, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8) {}
}

async fn calls(client: ArgumentsClient) {
    let _: String = client.text("a").await.unwrap();
    let _: Vec<u8> = client.bytes(b"a").await.unwrap();
    let _: usize = client.buffer(vec![1]).await.unwrap();
    let _: u64 = client.slice(&["a".into()]).await.unwrap();
    let map = HashMap::new();
    let call = client.lent(&map);
    let () = call.await.unwrap();
    let _: Option<String> = client.owned((1, None), [0; 4]).await.unwrap();
    let text = String::from("borrowed");
    let () = client.mixed(&text, text.as_bytes(), &[], &text, vec![], 1).await.unwrap();
    let () = client.into_parts("a", text).await.unwrap();
}

fn sendable(_: impl Send) {}

fn main() {
    let _ = |client: ArgumentsClient| {
        sendable(client.text("a").into_future());
        sendable(calls(client));
    };
    let _ = ArgumentsServer::new(Desk);
}
