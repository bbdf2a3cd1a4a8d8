//! How a type is written, where there is none.
use rpc_core::Tagged;

#[derive(Tagged)]
struct Payment {
    #[rpc(oneof, as = "sint32")]
    means: Option<Means>,
}

#[derive(Tagged)]
enum Means {
    #[rpc(tag = 1)]
    Card(String),
    #[rpc(tag = 2, as = "sint32")]
    Cash,
}

#[derive(Tagged)]
enum Color {
    #[rpc(unknown, as = "sint32")]
    Other(i32),
}

fn main() {}
