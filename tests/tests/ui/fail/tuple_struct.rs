//! A struct whose fields have no names.
use rpc_core::Tagged;

#[derive(Tagged)]
struct Pair(u8, u8);

#[derive(Tagged)]
struct Nothing;

fn main() {}
