//! One number for two.
use rpc_core::Tagged;

#[derive(Tagged)]
struct Order {
    #[rpc(tag = 1)]
    id: u64,
    #[rpc(tag = 2)]
    price: u64,
    #[rpc(tag = 0x1)]
    r#type: u64,
}

#[derive(Tagged)]
enum Color {
    #[rpc(tag = -1)]
    Red,
    #[rpc(tag = -1)]
    Green,
}

fn main() {}
