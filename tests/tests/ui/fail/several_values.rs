//! A variant that holds more than one value.
use rpc_core::Tagged;

#[derive(Tagged)]
enum Means {
    #[rpc(tag = 1)]
    Card(String, u16),
    #[rpc(tag = 2)]
    Voucher { code: String },
    #[rpc(tag = 3)]
    Cash(),
}

fn main() {}
