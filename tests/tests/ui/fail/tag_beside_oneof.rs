//! A oneof that has a tag as well.
use rpc_core::Tagged;

#[derive(Tagged)]
struct Payment {
    #[rpc(oneof, tag = 1)]
    means: Option<Means>,
}

#[derive(Tagged)]
enum Means {
    #[rpc(tag = 1)]
    Card(String),
}

fn main() {}
