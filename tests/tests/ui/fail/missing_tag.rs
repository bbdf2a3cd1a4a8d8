//! Fields and variants without numbers.
use rpc_core::Tagged;

#[derive(Tagged)]
struct Order {
    id: u64,
    #[rpc(required)]
    price: u64,
}

#[derive(Tagged)]
enum Means {
    Card(String),
}

#[derive(Tagged)]
enum Color {
    Red,
    Green,
}

fn main() {}
