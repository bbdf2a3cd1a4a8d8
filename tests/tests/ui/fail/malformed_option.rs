//! An option that is not written like one.
use rpc_core::service;

#[service(name)]
trait NoValue {}

#[service("market.Quotes")]
trait NoName {}

#[service(crate = "rpc_core")]
trait TextForPath {}

#[service]
trait Quotes {
    #[rpc]
    async fn bare(&self);
    #[rpc = "oneway"]
    async fn assigned(&self);
    #[rpc(oneway = true)]
    async fn flag_with_value(&self);
    #[rpc(timeout = 500)]
    async fn number(&self);
    #[rpc(idle_timeout)]
    async fn idle(&self);
    #[rpc(oneway idempotent)]
    async fn no_comma(&self);
}

fn main() {}
