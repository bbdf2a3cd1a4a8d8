/// A struct with a tag of every kind.
#[rpc(crate = crate::rpc)]
pub struct Order {
    #[rpc(tag = 1, required)]
    id: u64,
    #[rpc(tag = 536870911)]
    #[rpc(as = "map<sint32, fixed64>")]
    r#type: HashMap<i32, u64>,
    #[rpc(tag = -1)]
    note: Option<String>,
    #[rpc(oneof, required)]
    means: Means,
    #[rpc(oneof)]
    address: Option<shop::Address>,
}
