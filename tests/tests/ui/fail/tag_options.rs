//! Options of tags that there are not, that are written otherwise, or twice.
use rpc_core::Tagged;

#[derive(Tagged)]
#[rpc(name = "shop.Order")]
struct Order {
    #[rpc(tga = 1)]
    id: u64,
    #[rpc(tag = "1")]
    price: u64,
    #[rpc(tag)]
    count: u64,
    #[rpc(tag = 4, as = sint32)]
    delta: i32,
    #[rpc(tag = 5, required = true)]
    note: String,
    #[rpc(tag = 6)]
    #[rpc(tag = 7)]
    twice: String,
    #[rpc]
    bare: String,
    #[rpc(tag = 8, unknown)]
    field: String,
}

#[derive(Tagged)]
#[rpc(crate = "rpc_core")]
enum Means {
    #[rpc(tag = 1, required)]
    Card(String),
    #[rpc(tag = 2, oneof)]
    Voucher(String),
}

fn main() {}
