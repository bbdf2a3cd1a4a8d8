//! A service that takes and gives values of every shape that has been used for harm. What is sent to it is the tests'
//! business.

use std::collections::HashMap;

use rpc_core::{CallError, Status, service};
use rpc_tests::Desk;
use serde::{Deserialize, Serialize};

/// Gives back what it is given.
#[service(name = "test.Specimens")]
pub(crate) trait Specimens {
    async fn text(&self, value: String) -> String;
    async fn numbers(&self, value: Vec<u64>) -> Vec<u64>;
    async fn cubes(&self, value: Vec<Vec<Vec<u64>>>) -> Vec<Vec<Vec<u64>>>;
    async fn rows(&self, value: Vec<Option<Row>>) -> Vec<Option<Row>>;
    async fn units(&self, value: Vec<()>) -> Vec<()>;
    async fn tree(&self, value: Tree) -> Tree;
    async fn map(&self, value: HashMap<String, u32>) -> HashMap<String, u32>;
    async fn truth(&self, value: bool) -> bool;
    async fn letter(&self, value: char) -> char;
    async fn wide(&self, value: i128) -> i128;
    async fn floats(&self, value: HashMap<u64, f64>) -> HashMap<u64, f64>;
    async fn card(&self, value: Card) -> Card;
}

/// Much more than the byte that says it is not there.
type Row = [u64; 16];

/// A value that may hold another one of its kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) enum Tree {
    #[default]
    Leaf,
    Node(Box<Self>),
}

/// A value with named fields, which a text may have more of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Card {
    pub(crate) name: String,
}

/// Serves specimens, and enters each that has come through.
pub(crate) struct Collection(pub(crate) Desk);

/// What a method gives back, once it is in the ledger.
macro_rules! collected {
    ($($method:ident: $value:ty),*) => {
        impl Specimens for Collection {
            $(async fn $method(&self, value: $value) -> $value {
                self.0.enter(0);
                value
            })*
        }

        /// Calls a method by its name with some value.
        pub(crate) async fn call(client: &SpecimensClient, method: &str) -> Result<(), Status> {
            let failed = |error: CallError<std::convert::Infallible>| error.status().expect("no error of its own").clone();
            match method {
                $(stringify!($method) => client.$method(<$value>::default()).await.map(drop).map_err(failed),)*
                _ => panic!("there is no method `{method}`"),
            }
        }
    };
}

collected! {
    text: String, numbers: Vec<u64>, cubes: Vec<Vec<Vec<u64>>>, rows: Vec<Option<Row>>, units: Vec<()>, tree: Tree, map: HashMap<String, u32>,
    truth: bool, letter: char, wide: i128, floats: HashMap<u64, f64>, card: Card
}
