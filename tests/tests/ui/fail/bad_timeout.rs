//! A duration has a number and a unit.
use rpc_core::service;

#[service]
trait Quotes {
    #[rpc(timeout = "500")]
    async fn no_unit(&self);
    #[rpc(timeout = "0ms")]
    async fn zero(&self);
    #[rpc(timeout = "1.5s")]
    async fn fraction(&self);
    #[rpc(timeout = "5 days")]
    async fn unknown_unit(&self);
    #[rpc(idle_timeout = "30")]
    async fn idle(&self);
}

fn main() {}
