//! A client with the method and a server without it do not fit.
use rpc_core::service;

#[service]
trait Quotes {
    #[cfg(all())]
    async fn ping(&self);
    #[cfg_attr(all(), doc = "Documented.")]
    async fn pong(&self);
}

fn main() {}
