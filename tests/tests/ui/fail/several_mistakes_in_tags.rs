//! Every mistake is told at once, and none is told twice: neither by what serde makes of the type nor by its users.
use rpc_core::Tagged;

use serde::{Deserialize, Serialize};

#[derive(Clone, Tagged, Serialize, Deserialize)]
#[serde(from = "i32", into = "i32")]
enum Color {
    Red,
    #[rpc(tag = 1)]
    Green,
    #[rpc(tag = 1)]
    Blue,
    #[rpc(unknown)]
    Other(i32),
}

#[derive(Clone, Tagged, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
enum Side {
    #[rpc(tag = 3000000000)]
    Buy,
    Sell,
}

#[derive(Tagged)]
struct Payment {
    #[rpc(tag = 0)]
    id: u64,
    color: Color,
    #[rpc(oneof)]
    means: Means,
}

#[derive(Tagged)]
enum Means {
    #[rpc(tag = 1)]
    Card(String, u16),
}

fn use_of_conversions() -> i32 {
    let side: Result<Side, _> = 7.try_into();
    i32::from(Color::from(1)) + side.map(i32::from).unwrap_or_default()
}

fn main() {}
