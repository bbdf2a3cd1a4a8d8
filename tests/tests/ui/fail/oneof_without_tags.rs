//! A oneof of a type that has no tags.
use rpc_core::Tagged;

#[derive(Tagged)]
struct Payment {
    #[rpc(oneof)]
    means: Option<Means>,
    #[rpc(oneof)]
    number: u64,
}

enum Means {
    Card(String),
}

fn main() {}
