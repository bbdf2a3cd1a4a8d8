//! A oneof with a tag that another field has.
use rpc_core::Tagged;

#[derive(Tagged)]
struct Payment {
    #[rpc(tag = 3)]
    id: u64,
    #[rpc(oneof)]
    means: Option<Means>,
    #[rpc(oneof)]
    refund: Option<Means>,
}

#[derive(Tagged)]
enum Means {
    #[rpc(tag = 3)]
    Card(String),
    #[rpc(tag = 4)]
    Cash,
}

fn main() {}
