//! A number that only a value of an enum has.
use rpc_core::Tagged;

#[derive(Tagged)]
struct Order {
    #[rpc(tag = 0)]
    id: u64,
}

#[derive(Tagged)]
enum Means {
    #[rpc(tag = 0)]
    Card(String),
}

fn main() {}
