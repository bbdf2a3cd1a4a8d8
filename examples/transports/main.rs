//! Every transport that there is, measured on this machine: how long one call takes, how many are made side by side and what
//! each costs, and how fast large messages go.
//!
//! ```text
//! cargo run --release --example transports
//! ```
//! One service, a process of its own that serves it at one URL per transport, and this one, which calls it. `mem` has no
//! other process by its nature. `table.rs` prints and draws.

mod table;

use std::{
    error::Error,
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use rpc_core::{Server, service};
use table::Row;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::Command,
    task::JoinSet,
};

/// How long each of the three measurements of a transport runs.
const MEASURED: Duration = Duration::from_millis(700);
/// Calls before each, so that it finds warm buffers.
const WARM_UP: usize = 500;
/// Bytes of a small message, and of a large one.
const SMALL: usize = 64;
const LARGE: usize = 1 << 20;
/// Calls in flight where they are made side by side.
const IN_FLIGHT: usize = 64;

#[service]
trait Mirror {
    /// Gives back what it is given.
    async fn echo(&self, bytes: &[u8]) -> Vec<u8>;

    /// CPU time of the server's process so far, in microseconds, where the system tells.
    async fn cpu(&self) -> Option<u64>;
}

struct Glass;

impl Mirror for Glass {
    async fn echo(&self, bytes: &[u8]) -> Vec<u8> {
        bytes.to_vec()
    }

    async fn cpu(&self) -> Option<u64> {
        cpu()
    }
}

type Failure = Box<dyn Error>;

/// One thread per process: nothing has to move from one to another.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    match std::env::args().nth(1).as_deref() {
        Some("serve") => serve(std::env::args().skip(2).collect()).await,
        _ => compare().await,
    }
}

/// The other process.
async fn serve(urls: Vec<String>) -> Result<(), Failure> {
    let server = urls.into_iter().fold(Server::new().add(MirrorServer::new(Glass)), Server::listen).bind().await?;
    for url in server.urls() {
        println!("{url}");
    }
    server
        .serve_until(async {
            // Until the input ends, and so when the other process does.
            let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
        })
        .await;
    Ok(())
}

/// This process: measures one transport after the other.
async fn compare() -> Result<(), Failure> {
    let folder = std::env::temp_dir().join(format!("transports-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let place = folder.display();
    let mut urls = vec!["tcp://127.0.0.1:0".to_owned()];
    if cfg!(unix) {
        urls.push(format!("unix://{place}/mirror.sock"));
    }
    if cfg!(target_os = "linux") {
        urls.push(format!("shm://{place}/mirror.ring"));
    }
    let mut process = Command::new(std::env::current_exe()?)
        .arg("serve")
        .args(&urls)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut given = BufReader::new(process.stdout.take().ok_or("the server has no output")?).lines();
    let mut rows = Vec::new();
    for _ in &urls {
        let url = given.next_line().await?.ok_or("the server did not start")?;
        rows.push(measure(&url, MirrorClient::connect(&url).await?, true).await?);
    }
    rows.push(measure("mem://", MirrorClient::in_process(Glass), false).await?);
    drop(process.stdin.take());
    process.wait().await?;
    fs::remove_dir_all(&folder)?;
    table::print(&rows);
    Ok(())
}

/// Measures one transport. `apart`: the server is another process, whose CPU time counts besides.
async fn measure(url: &str, mirror: MirrorClient, apart: bool) -> Result<Row, Failure> {
    let transport = url.split("://").next().unwrap_or_default().to_owned();
    eprintln!("measuring {transport} …");
    let mut alone = calls(&mirror, 1, SMALL).await?;
    alone.sort_unstable();
    let before = (cpu(), mirror.cpu().await?);
    let began = Instant::now();
    let many = calls(&mirror, IN_FLIGHT, SMALL).await?.len() as f64;
    let took = began.elapsed();
    let after = (cpu(), mirror.cpu().await?);
    let used = |after: Option<u64>, before: Option<u64>| Some(after?.saturating_sub(before?));
    let theirs = if apart { used(after.1, before.1) } else { Some(0) };
    let cpu = used(after.0, before.0).zip(theirs).map(|(ours, theirs)| (ours + theirs) as f64 / many);
    let began = Instant::now();
    let large = calls(&mirror, 1, LARGE).await?.len();
    Ok(Row {
        transport,
        p50: alone[alone.len() / 2],
        p99: alone[alone.len() * 99 / 100],
        calls_per_second: many / took.as_secs_f64(),
        cpu,
        // There and back.
        bytes_per_second: 2.0 * (large * LARGE) as f64 / began.elapsed().as_secs_f64(),
    })
}

/// Makes calls for a while, so many at a time, each in a task of its own as a server makes them: how long each took.
async fn calls(mirror: &MirrorClient, in_flight: usize, size: usize) -> Result<Vec<Duration>, Failure> {
    let bytes: Arc<[u8]> = vec![7; size].into();
    for _ in 0..WARM_UP.min((64 << 20) / size) {
        mirror.echo(&bytes).await?;
    }
    let end = Instant::now() + MEASURED;
    let mut callers = JoinSet::new();
    for _ in 0..in_flight {
        let (mirror, bytes) = (mirror.clone(), bytes.clone());
        callers.spawn(async move {
            let mut took = Vec::new();
            let mut start = Instant::now();
            while start < end {
                if *mirror.echo(&bytes).await? != *bytes {
                    return Err("what came back is something else".into());
                }
                let now = Instant::now();
                took.push(now - start);
                start = now;
            }
            Ok::<_, Box<dyn Error + Send + Sync>>(took)
        });
    }
    let mut all = Vec::new();
    while let Some(took) = callers.join_next().await {
        all.extend(took?.map_err(|error| error.to_string())?);
    }
    Ok(all)
}

/// CPU time of this process so far, in microseconds, from the system's files, which count it in hundredths of a second.
fn cpu() -> Option<u64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, behind_the_name) = stat.rsplit_once(')')?;
    let mut fields = behind_the_name.split_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) * 10_000)
}
