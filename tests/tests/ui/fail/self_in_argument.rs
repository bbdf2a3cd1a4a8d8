//! `Self` is somebody else at the other end.
use rpc_core::service;

#[service]
trait Quotes {
    async fn merge(&self, other: &Self);
}

fn main() {}
