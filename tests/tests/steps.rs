//! The ten steps of a call are marked in both processes, in order, on every transport.

use std::{process::Stdio, time::Duration};

use rpc_core::{
    Channel, Limits, Server,
    step::{self, Mark, Step},
};
use rpc_tests::marks::{MarksClient, MarksServer, OwnMarks};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    sync::{Mutex, MutexGuard},
};

/// Marks are the whole process's, so only one call is looked at a time.
static ALONE: Mutex<()> = Mutex::const_new(());

async fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().await
}

/// One call as its caller measured it, and the marks of its steps by place in [`Step::ALL`].
struct Marked {
    start: Duration,
    marks: Vec<(u8, Duration)>,
    end: Duration,
}

/// Makes a call over a channel whose server records in another process, or in this one.
async fn call(channel: Channel, same_process: bool) -> Marked {
    let server = MarksClient::new(channel);
    server.record(true).await.unwrap();
    if !same_process {
        step::record(true);
    }
    let start = step::now();
    assert_eq!(server.double(21).await.unwrap(), 42);
    let end = step::now();
    let ours = step::recorded();
    let theirs = if same_process { Vec::new() } else { server.recorded().await.unwrap() };
    step::record(false);
    let within = |mark: &&Mark| start <= mark.at && mark.at <= end;
    let mut marks: Vec<_> = ours.iter().chain(&theirs).filter(within).map(|mark| (mark.step, mark.at)).collect();
    marks.sort_by_key(|(_, at)| *at);
    Marked { start, marks, end }
}

fn assert_ten_steps(Marked { start, marks, end }: &Marked) {
    let steps: Vec<u8> = marks.iter().map(|(step, _)| *step).collect();
    let expected: Vec<u8> = Step::ALL.iter().map(|step| *step as u8).collect();
    assert_eq!(steps, expected, "every step is marked once, in order");
    let began: Vec<Duration> = marks.iter().map(|(_, at)| *at).collect();
    let steps: Duration = began.windows(2).map(|pair| pair[1] - pair[0]).sum();
    let around = (began[0] - *start) + (*end - began[began.len() - 1]);
    assert_eq!(steps + around, *end - *start, "the steps add up to what the caller measured");
}

async fn across_processes(url: &str) {
    let _alone = alone().await;
    let mut server = Command::new(env!("CARGO_BIN_EXE_marks-server"))
        .arg(url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let url = lines.next_line().await.unwrap().expect("the server says where it listens");
    assert_ten_steps(&call(Channel::connect(&url).await.unwrap(), false).await);
    drop(server.stdin.take());
    assert!(server.wait().await.unwrap().success());
}

#[tokio::test]
async fn ten_steps_are_marked_in_both_processes_over_tcp() {
    across_processes("tcp://127.0.0.1:0").await;
}

#[tokio::test]
async fn ten_steps_are_marked_in_both_processes_over_a_unix_socket() {
    across_processes(&format!("unix://@rpc-tests-steps-{}", std::process::id())).await;
}

#[tokio::test]
async fn ten_steps_are_marked_in_both_processes_over_shared_memory() {
    across_processes(&format!("shm://@rpc-tests-steps-ring-{}", std::process::id())).await;
}

#[tokio::test]
async fn ten_steps_are_marked_within_one_process() {
    let _alone = alone().await;
    let server = Server::new().add(MarksServer::new(OwnMarks)).listen("mem://steps").limits(Limits::default());
    let server = server.bind().await.unwrap();
    let serving = tokio::spawn(server.serve());
    assert_ten_steps(&call(Channel::connect("mem://steps").await.unwrap(), true).await);
    serving.abort();
}

#[tokio::test]
async fn nothing_is_recorded_while_recording_is_off() {
    let _alone = alone().await;
    step::record(true);
    step::record(false);
    let client = MarksClient::in_process(OwnMarks);
    assert_eq!(client.double(1).await.unwrap(), 2);
    assert_eq!(step::recorded(), []);
}
