//! A service from `.thrift` files: a bank, with exceptions, unions and a service that extends another.
//!
//! ```text
//! cargo run --example from_thrift                                   # both sides, in one process
//! cargo run --example from_thrift -- serve unix:///tmp/bank.sock    # one of them
//! cargo run --example from_thrift -- call unix:///tmp/bank.sock
//! ```
//! `idl` has the files that it is made from, `generated` what they became:
//!
//! ```text
//! cargo run -p rpc-codegen -- generate examples/from_thrift/idl --out examples/from_thrift/generated
//! ```
//! `server.rs` implements the trait, `client.rs` calls it.

use std::{env, error::Error};

use rpc_core::{Server, shutdown_signal};

mod client;
#[path = "generated/mod.rs"]
mod generated;
mod server;

pub(crate) use generated::bank;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            let server = server("tcp://127.0.0.1:0").bind().await?;
            let url = server.urls()[0].to_string();
            tokio::spawn(server.serve());
            client::visit(&url).await
        }
        ["serve", url] => {
            let server = server(url).bind().await?;
            println!("serving {}", server.urls()[0]);
            server.serve_until(shutdown_signal()).await;
            Ok(())
        }
        ["call", url] => client::visit(url).await,
        _ => Err("write nothing, `serve URL` or `call URL`".into()),
    }
}

fn server(url: &str) -> Server {
    Server::new().add(bank::BankServer::new(server::Counter::default())).listen(url)
}
