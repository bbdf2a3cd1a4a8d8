//! A variant that holds a value, in an enum of numbers.
use rpc_core::Tagged;

#[derive(Tagged)]
enum Color {
    #[rpc(tag = 1)]
    Red(u8),
    #[rpc(unknown)]
    Other(i32),
}

fn main() {}
