//! What no IDL has for a type.
use rpc_core::Tagged;

#[derive(Tagged)]
struct Order {
    #[rpc(tag = 1, as = "")]
    empty: u64,
    #[rpc(tag = 2, as = " ")]
    blank: u64,
    #[rpc(tag = 3, as = "sint32; import")]
    more: u64,
    #[rpc(tag = 4, as = "map<sint32, .shop.Order>")]
    sound: u64,
}

fn main() {}
