//! The smallest whole program: a service, its server and its client.

use rpc_core::{Server, service};

/// Greets people.
#[service]
pub trait Greeter {
    /// Greets somebody by name.
    async fn greet(&self, name: &str) -> String;
}

struct English;

impl Greeter for English {
    async fn greet(&self, name: &str) -> String {
        format!("hello {name}")
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::new().add(GreeterServer::new(English)).listen("tcp://127.0.0.1:0").bind().await?;
    let url = server.urls()[0].to_string();
    tokio::spawn(server.serve());

    let greeter = GreeterClient::connect(&url).await?;
    println!("{}", greeter.greet("world").await?);
    Ok(())
}
