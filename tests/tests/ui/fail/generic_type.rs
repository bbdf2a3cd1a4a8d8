//! A type with parameters.
use rpc_core::Tagged;

#[derive(Tagged)]
struct Page<T> {
    #[rpc(tag = 1)]
    items: Vec<T>,
}

#[derive(Tagged)]
enum Either<'a> {
    #[rpc(tag = 1)]
    Text(&'a str),
}

fn main() {}
