//! A variant for numbers that are not known, which holds something else.
use rpc_core::Tagged;

#[derive(Tagged)]
enum Color {
    #[rpc(tag = 1)]
    Red,
    #[rpc(unknown)]
    Other(u32),
}

#[derive(Tagged)]
enum Side {
    #[rpc(tag = 1)]
    Buy,
    #[rpc(unknown)]
    Other,
}

fn main() {}
