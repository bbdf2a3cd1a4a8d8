//! Which of the two?
use rpc_core::service;

#[service(name = "a", name = "b")]
trait Quotes {
    #[rpc(idempotent, idempotent)]
    async fn ping(&self);
    #[rpc(timeout = "1s")]
    #[rpc(timeout = "2s")]
    async fn quote(&self);
}

fn main() {}
