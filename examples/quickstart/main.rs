//! A tour of the framework in one program: the stock of a small shop, served over TCP, a Unix socket and shared memory by a
//! process of its own, and called from this one.
//!
//! ```text
//! cargo run --release --example quickstart
//! ```
//! Begin with `stock.rs`, the service: a trait, and the code behind it. Then come `server` and `tour` below, which are
//! all that serving and calling take. `steps.rs` prints where the time of a call goes.

mod steps;
mod stock;

use std::{error::Error, time::Duration};

use rpc_core::{CallError, Channel, Server};
use steps::{CallTimes, StepsClient, StepsServer};
use stock::{Delivery, Shop, StockClient, StockError, StockServer};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

type Failure = Box<dyn Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    match std::env::args().nth(1).as_deref() {
        Some("serve") => server(std::env::args().skip(2).collect()).await,
        _ => client().await,
    }
}

/// The server process: two services, one listener per URL.
async fn server(urls: Vec<String>) -> Result<(), Failure> {
    let mut server = Server::new().add(StockServer::new(Shop::default())).add(StepsServer::new(steps::Recorder));
    for url in urls {
        server = server.listen(url);
    }
    let server = server.bind().await?; // a URL that cannot be had is an error here
    for url in server.urls() {
        println!("{url}"); // the port that was given where 0 was asked
    }
    server.serve_until(end_of_input()).await; // lets the calls that run end, and always returns
    Ok(())
}

/// This process: starts the server as another one, takes the tour over each transport, and stops it.
async fn client() -> Result<(), Failure> {
    let folder = std::env::temp_dir().join(format!("quickstart-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let place = folder.display();
    let mut urls = vec!["tcp://127.0.0.1:0".to_owned(), format!("unix://{place}/stock.sock")];
    if cfg!(target_os = "linux") {
        urls.push(format!("shm://{place}/stock.ring"));
    }
    let mut process = tokio::process::Command::new(std::env::current_exe()?)
        .arg("serve")
        .args(&urls)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut given = BufReader::new(process.stdout.take().ok_or("the server has no output")?).lines();
    let mut columns = Vec::new();
    for _ in &urls {
        let url = given.next_line().await?.ok_or("the server did not start")?;
        println!("\n── {url}");
        let channel = Channel::connect(&url).await?; // one connection, shared by both clients below
        tour(&StockClient::new(channel.clone())).await?;
        columns.push(steps::record(&url, &StockClient::new(channel.clone()), &StepsClient::new(channel)).await?);
    }
    CallTimes::print(&columns);
    drop(process.stdin.take()); // the server's input ends, and so does the server
    let status = process.wait().await?;
    std::fs::remove_dir_all(&folder)?;
    println!("\nThe server has drained and ended: {status}.");
    Ok(())
}

/// Calls every method once.
async fn tour(stock: &StockClient) -> Result<(), Failure> {
    // A plain call. Arguments may be borrowed; the result is the method's own.
    println!("on the shelf       {} lamps", stock.count("lamp").await?);

    // A slice of the caller's own values.
    let delivered = [Delivery { item: "lamp".into(), count: 5 }, Delivery { item: "rug".into(), count: 2 }];
    println!("after a delivery   {} things in all", stock.restock(&delivered).await?);

    // The service's own error, typed: a match, and no text to take apart.
    match stock.take("rug", 100).await {
        Err(CallError::App(StockError::TooFew { left })) => println!("100 rugs           refused, {left} are left"),
        other => return Err(format!("the shop cannot have 100 rugs: {other:?}").into()),
    }

    // A deadline. The error says what, where, when, and whether the call may have run.
    let abandoned = stock.abandoned(0).await?;
    let late = stock.count_by_hand().timeout(Duration::from_millis(50)).await;
    println!("counting by hand   {}", late.err().ok_or("counting by hand takes longer than 50 ms")?);

    // Dropping a call cancels it: here, because something else was ready first. The server drops the handler in both
    // cases; `abandoned` answers when the shop has seen it.
    tokio::select! {
        counted = stock.count_by_hand() => println!("counted by hand    {}", counted?),
        () = tokio::time::sleep(Duration::from_millis(20)) => {}
    }
    println!("two calls given up {} handlers were dropped", stock.abandoned(abandoned + 2).await? - abandoned);

    // A oneway: it is done when it was handed to the transport.
    stock.note("the tour is over".to_owned()).await?;
    Ok(())
}

async fn end_of_input() {
    let mut rest = Vec::new();
    let _ = tokio::io::stdin().read_to_end(&mut rest).await;
}
