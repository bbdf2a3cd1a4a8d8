//! The examples with streams and those from IDL files: what they tell when they are just run, and between processes. The
//! other examples are run by the gate; the laboratory has tests of its own.

use std::process::Stdio;

use rpc_tests::{Setup, within};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

const STREAMING: &str = env!("CARGO_BIN_EXE_streaming");
const CHAT: &str = env!("CARGO_BIN_EXE_chat");
const FROM_PROTO: &str = env!("CARGO_BIN_EXE_from_proto");
const FROM_THRIFT: &str = env!("CARGO_BIN_EXE_from_thrift");

/// What a walk with the guide of `from_proto` tells.
const WALK: [&str; 9] = [
    "the old tower: costs 350 cents, opens 9 hours after midnight on Mondays",
    "NotFound: there is nothing to see at 1, 1",
    "near: the old tower, a Tower",
    "near: the iron bridge, a Bridge",
    "3 steps, 13.7 m in 15 minutes, past the old tower and the iron bridge",
    "somebody wrote: the bridge sways",
    "somebody wrote: the bridge sways",
    "somebody wrote: not today",
    "the guide knows 3 sights and has seen {\"long\": 1} walks",
];
/// What a visit to the bank of `from_thrift` tells.
const VISIT: [&str; 10] = [
    "welcome to the bank at the corner",
    "Ann has 100 EUR and is {\"new\"}",
    "30 to Bob leave 70 EUR",
    "40 abroad leave 5 EUR",
    "no: 1000 are needed, 5 are there",
    "no: no such account (id: 7)",
    "no: at most 1000000 in one transfer",
    "2: 30 out, 0 more because of it",
    "3: 40 out, 1 more because of it",
    "the bank has {\"CHF\": 0, \"EUR\": 135}",
];
/// What the bank tells of a visit. It answers nobody with it, and so it may come at any time.
const SEEN: &str = "(the bank has seen the client)";

/// What a program prints that ends well, and wants nothing.
async fn printed(program: &str) -> String {
    let mut command = Command::new(program);
    let output = within(program, command.stdin(Stdio::null()).kill_on_drop(true).output()).await.unwrap();
    assert_eq!((output.status.code(), &*String::from_utf8_lossy(&output.stderr)), (Some(0), ""), "{program}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn the_log_is_followed_by_a_fast_and_a_slow_reader() {
    let expected = "\
        written before anybody read: 2\n\
        the fast reader has read 1000 lines as they were written\n\
        the writer has written 1000\n\
        the slow reader has read none, and nothing piles up for it at the server\n\
        the slow reader got 4 lines, was told of 980 that it missed, and got the last 16\n\
        the log has seen that nobody reads any more\n";
    assert_eq!(printed(STREAMING).await, expected);
}

#[tokio::test]
async fn every_evening_of_the_chat_is_the_same() {
    let evening = printed(CHAT).await;
    let lines: Vec<&str> = evening.lines().map(str::trim_start).collect();
    let (begin, end) = (&lines[..5], &lines[lines.len() - 3..]);
    let expected = [
        "ann | * ann is here",
        "ann, bob | * bob is here",
        "another bob | there is a bob already",
        "ann, bob | ann: hello bob",
        "ann, bob | bob: hello ann",
    ];
    assert_eq!(begin, expected);
    assert!(lines.contains(&"cy | * you have missed 3"), "{evening}");
    assert_eq!(end, ["cy | bob: word 12", "ann, cy | * bob has left", "cy | * ann has left"]);
    assert_eq!(printed(CHAT).await, evening);
}

/// A process of an example.
struct Talking {
    process: Child,
    types: Option<ChildStdin>,
    prints: Lines<BufReader<ChildStdout>>,
}

impl Talking {
    fn begin(program: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let prints = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { types: process.stdin.take(), process, prints }
    }

    async fn types(&mut self, line: &str) {
        self.types.as_mut().unwrap().write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    /// The next line that it prints; `None` when it prints no more.
    async fn line(&mut self) -> Option<String> {
        within("the next line", self.prints.next_line()).await.unwrap()
    }

    async fn prints(&mut self, expected: &str) {
        assert_eq!(self.line().await.as_deref(), Some(expected));
    }

    fn signal(&self, signal: Signal) {
        let id = self.process.id().expect("it runs").try_into().unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// How it ends, and what it has complained of.
    async fn end(mut self) -> (Option<i32>, String) {
        assert_eq!(self.line().await, None, "it prints more");
        let mut complaint = String::new();
        let mut stderr = self.process.stderr.take().unwrap();
        within("its end", stderr.read_to_string(&mut complaint)).await.unwrap();
        (within("its end", self.process.wait()).await.unwrap().code(), complaint)
    }
}

#[tokio::test]
async fn people_in_several_processes_hear_each_other_and_who_has_left_however_that_came() {
    let mut room = Talking::begin(CHAT, &["serve", "tcp://127.0.0.1:0"]);
    let listening = room.line().await.unwrap();
    let url = listening.strip_prefix("listening ").expect("it listens");
    let mut ann = Talking::begin(CHAT, &["join", url, "ann"]);
    ann.prints("* ann is here").await;
    let mut bob = Talking::begin(CHAT, &["join", url, "bob"]);
    for one in [&mut ann, &mut bob] {
        one.prints("* bob is here").await;
    }
    let (status, complaint) = Talking::begin(CHAT, &["join", url, "bob"]).end().await;
    assert!(status == Some(1) && complaint.contains("NameTaken(\"bob\")"), "{complaint}");
    ann.types("hello").await;
    bob.prints("ann: hello").await;
    bob.types("hello, ann").await;
    bob.prints("bob: hello, ann").await;
    ann.prints("ann: hello").await;
    ann.prints("bob: hello, ann").await;

    bob.signal(Signal::KILL);
    ann.prints("* bob has left").await;
    let mut bob = Talking::begin(CHAT, &["join", url, "bob"]);
    for one in [&mut ann, &mut bob] {
        one.prints("* bob is here").await;
    }
    bob.types = None; // no more to say
    assert_eq!(bob.end().await, (Some(0), String::new()));
    ann.prints("* bob has left").await;

    room.signal(Signal::TERM);
    assert_eq!(room.end().await, (Some(0), String::new()));
    let (status, complaint) = ann.end().await;
    assert!(status == Some(1) && complaint.contains("Room/join at tcp://127.0.0.1"), "{complaint}");
}

#[tokio::test]
async fn what_the_chat_does_not_understand_it_answers_with_what_it_does() {
    let (status, complaint) = Talking::begin(CHAT, &["talk"]).end().await;
    assert!(status == Some(1) && complaint.contains("`join URL NAME`"), "{complaint}");
}

#[tokio::test]
async fn a_walk_with_the_guide_and_a_visit_to_the_bank_are_told_in_one_process() {
    assert_eq!(printed(FROM_PROTO).await.lines().collect::<Vec<_>>(), WALK);
    let visit = printed(FROM_THRIFT).await;
    let (seen, told): (Vec<_>, Vec<_>) = visit.lines().partition(|line| *line == SEEN);
    assert_eq!(told, VISIT);
    assert!(seen.len() <= 1, "{visit}");
}

/// Serves in one process, calls from another until it has told all of `told`, and ends the server, which tells `seen`.
async fn serve_and_call(program: &str, told: &[&str], seen: &[&str]) {
    let url = Setup::over("unix://{tmp}/{unique}.sock").address();
    let mut server = Talking::begin(program, &["serve", &url]);
    server.prints(&format!("serving {url}")).await;
    let mut client = Talking::begin(program, &["call", &url]);
    for line in told {
        client.prints(line).await;
    }
    assert_eq!(client.end().await, (Some(0), String::new()));
    server.signal(Signal::TERM);
    for line in seen {
        server.prints(line).await;
    }
    assert_eq!(server.end().await, (Some(0), String::new()));
}

#[tokio::test]
async fn what_comes_of_idl_files_is_served_by_one_process_and_called_by_another() {
    serve_and_call(FROM_PROTO, &WALK, &[]).await;
    serve_and_call(FROM_THRIFT, &VISIT, &[SEEN]).await;
}

#[tokio::test]
async fn what_the_examples_from_idl_files_do_not_understand_they_answer_with_what_they_do() {
    for program in [FROM_PROTO, FROM_THRIFT] {
        let (status, complaint) = Talking::begin(program, &["walk"]).end().await;
        assert!(status == Some(1) && complaint.contains("`serve URL` or `call URL`"), "{complaint}");
    }
}
