//! A `union`, which is something else than a union of Thrift.
use rpc_core::Tagged;

#[derive(Clone, Copy, Tagged)]
union Bits {
    #[rpc(tag = 1)]
    number: u32,
    #[rpc(tag = 2)]
    float: f32,
}

fn main() {}
