//! Two variants for what is not known.
use rpc_core::Tagged;

#[derive(Tagged)]
enum Color {
    #[rpc(tag = 1)]
    Red,
    #[rpc(unknown)]
    Other(i32),
    #[rpc(unknown)]
    Newer(i32),
}

fn main() {}
