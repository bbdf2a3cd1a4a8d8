//! `Self` is somebody else at the other end.
use rpc_core::service;

#[service]
trait Quotes {
    async fn child(&self) -> Result<Box<Self>, String>;
}

fn main() {}
