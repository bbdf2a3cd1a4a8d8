//! Two servers of one service behind one channel, restarted in turn while calls are made: no call fails, none runs twice.
//!
//! A real service has two processes and `rpc_core::shutdown_signal()` where this program has two tasks and a channel.

use std::{
    collections::{BTreeMap, VecDeque},
    error::Error,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use rpc_core::{Server, service};
use tokio::{sync::oneshot, task::JoinHandle};

/// Takes orders.
#[service]
trait Orders {
    /// Takes one, and says who took it.
    async fn take(&self, number: u64) -> String;
}

/// What both servers have taken, by number and how often.
type Ledger = Arc<Mutex<BTreeMap<u64, u32>>>;

struct Till {
    name: &'static str,
    ledger: Ledger,
}

impl Orders for Till {
    async fn take(&self, number: u64) -> String {
        *self.ledger.lock().expect("nobody panics").entry(number).or_default() += 1;
        tokio::time::sleep(Duration::from_millis(number % 3)).await; // so that a restart finds some in the middle
        self.name.to_owned()
    }
}

/// A server that runs.
struct Running {
    name: &'static str,
    url: String,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

async fn start(name: &'static str, url: &str, ledger: &Ledger) -> Result<Running, Box<dyn Error>> {
    let till = Till { name, ledger: ledger.clone() };
    let server = Server::new().add(OrdersServer::new(till)).listen(url).bind().await?;
    let (stop, stopped) = oneshot::channel();
    let url = server.urls()[0].to_string();
    let ended = tokio::spawn(server.serve_until(async { drop(stopped.await) }));
    Ok(Running { name, url, stop, ended })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let ledger = Ledger::default();
    let first = start("first", "tcp://127.0.0.1:0", &ledger).await?;
    let second = start("second", "tcp://127.0.0.1:0", &ledger).await?;
    let orders = OrdersClient::connect(&format!("list:{},{}", first.url, second.url)).await?;

    let taken = Arc::new(AtomicU64::new(0));
    let callers: Vec<JoinHandle<Result<BTreeMap<String, u64>, String>>> = (0..50)
        .map(|_| {
            let (orders, taken) = (orders.clone(), taken.clone());
            tokio::spawn(async move {
                let mut by = BTreeMap::new();
                for _ in 0..400 {
                    let who = orders.take(taken.fetch_add(1, Relaxed)).await.map_err(|error| error.to_string())?;
                    *by.entry(who).or_default() += 1;
                }
                Ok(by)
            })
        })
        .collect();

    let (mut running, mut restarts) = (VecDeque::from([first, second]), 0);
    while callers.iter().any(|caller| !caller.is_finished()) {
        let Running { name, url, stop, ended } = running.pop_front().ok_or("nobody runs")?;
        drop(stop); // it drains: what runs comes to its end, what comes later goes to the other one
        ended.await?;
        running.push_back(start(name, &url, &ledger).await?);
        restarts += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    let mut calls = BTreeMap::<String, u64>::new();
    for caller in callers {
        for (who, count) in caller.await?? {
            *calls.entry(who).or_default() += count;
        }
    }
    let ledger = ledger.lock().expect("nobody panics");
    let twice = ledger.values().filter(|times| **times != 1).count();
    println!("{restarts} restarts, {} orders, none failed, {twice} taken twice; {calls:?}", ledger.len());
    Ok(())
}
