//! A number for those that are not known.
use rpc_core::Tagged;

#[derive(Tagged)]
enum Color {
    #[rpc(tag = 1)]
    Red,
    #[rpc(unknown, tag = -1)]
    Other(i32),
}

fn main() {}
