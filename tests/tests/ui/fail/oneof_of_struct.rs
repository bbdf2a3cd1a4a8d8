//! A oneof that is a struct.
use rpc_core::Tagged;

#[derive(Tagged)]
struct Payment {
    #[rpc(oneof)]
    means: Card,
}

#[derive(Tagged)]
struct Card {
    #[rpc(tag = 1)]
    number: String,
}

fn main() {}
