//! Laboratories in processes of their own, and what their command line says.

use std::process::{Output, Stdio};

use rpc_tests::within;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// A laboratory that serves, in a process of its own.
pub(crate) struct Lab {
    process: Child,
    pub(crate) urls: Vec<String>,
}

impl Lab {
    /// Starts one and waits until it has said where it listens.
    pub(crate) async fn serve(listen: &[&str]) -> Self {
        Self::serve_with(listen, &[]).await
    }

    /// Starts one with further arguments.
    pub(crate) async fn serve_with(listen: &[&str], arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
        command.arg("serve").args(listen.iter().flat_map(|url| ["--listen", url])).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut urls = Vec::new();
        for _ in listen {
            let line = within("where it listens", lines.next_line()).await.unwrap().expect("a line");
            urls.push(line.strip_prefix("listening ").expect("it listens").to_owned());
        }
        Self { process, urls }
    }

    pub(crate) async fn call(&self, arguments: &[&str]) -> Output {
        lab(&[&["call", &self.urls[0]], arguments].concat()).await
    }

    /// The value of a call that goes well.
    pub(crate) async fn value(&self, arguments: &[&str]) -> Value {
        let values = self.values(arguments).await;
        let [value] = &values[..] else { panic!("{arguments:?}: {values:?}") };
        value.clone()
    }

    /// The items of a call that goes well, a line each.
    pub(crate) async fn values(&self, arguments: &[&str]) -> Vec<Value> {
        let output = self.call(arguments).await;
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && error.is_empty(), "{arguments:?}: {error}");
        let lines = std::str::from_utf8(&output.stdout).unwrap().lines();
        lines.map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The one line of a call that does not.
    pub(crate) async fn error(&self, arguments: &[&str]) -> String {
        failure(self.call(arguments).await)
    }

    /// Makes calls, and gives the report.
    pub(crate) async fn load(&self, arguments: &[&str]) -> Value {
        let output = lab(&[&["load", &self.urls[0], "--json"], arguments].concat()).await;
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Tells it to end; it does so of its own will, and well.
    pub(crate) async fn end(mut self, signal: Signal) {
        let id = self.process.id().expect("it serves").try_into().unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
        let status = within("the laboratory's end", self.process.wait()).await.unwrap();
        assert_eq!(status.code(), Some(0), "{status}");
    }
}

/// What came of one command.
pub(crate) async fn lab(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    within("the laboratory", command.output()).await.unwrap()
}

/// The one line of a command that failed.
pub(crate) fn failure(output: Output) -> String {
    assert!(!output.status.success(), "it went well");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!((error.lines().count(), error.ends_with('\n')), (1, true), "{error}");
    error.trim_end().to_owned()
}
