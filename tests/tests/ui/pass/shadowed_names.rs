//! The user's names mean what they mean, and ours what we mean.
#![allow(dead_code, unused_macros, non_camel_case_types)]
use ::rpc_core::service;
use ::serde::{Deserialize, Serialize};

struct Result;
struct Option;
struct String;
struct Vec;
struct Arc;
struct Duration;
struct Infallible;
struct Send;
struct Sync;
trait Future {}
trait Into {}
trait Clone {}
trait Debug {}
trait Service {}
mod core {}
mod std {}
mod rpc_core {}
fn drop() {}
#[allow(non_snake_case)]
fn Ok() {}

/// As short as the type parameter that everybody uses.
#[derive(Serialize, Deserialize)]
struct S(u8);
#[derive(Serialize, Deserialize)]
struct T(u8);
#[derive(Serialize, Deserialize)]
struct Stub;
#[derive(Serialize, Deserialize)]
struct Channel;

#[service]
trait Shadowed {
    async fn short(&self, s: S, t: &T) -> S;
    async fn named_as_ours(&self, stub: &Stub, channel: &[Channel]) -> ::core::result::Result<Stub, Channel>;
    async fn text(&self, text: &str, bytes: &[u8]) -> ::std::string::String;
}

fn main() {}
