//! Numbers that no IDL has.
use rpc_core::Tagged;

#[derive(Tagged)]
struct Order {
    #[rpc(tag = 536870912)]
    above: u64,
    #[rpc(tag = -32769)]
    below: u64,
    #[rpc(tag = 999999999999999999999999999999999999999999)]
    far_above: u64,
}

#[derive(Tagged)]
enum Color {
    #[rpc(tag = 2147483648)]
    Red,
    #[rpc(tag = -2147483648)]
    Green,
}

fn main() {}
