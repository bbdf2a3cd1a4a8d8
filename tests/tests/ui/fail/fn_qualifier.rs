//! A method is called from afar, which no qualifier can promise anything about.
use rpc_core::service;

#[service]
trait Quotes {
    const async fn constant(&self);
    async unsafe fn dangerous(&self);
    async extern "C" fn foreign(&self);
}

fn main() {}
