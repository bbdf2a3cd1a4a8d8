//! `lab call`: one call by hand, JSON in and JSON out. Which methods there are stands in `service`, and again here: this is
//! what a client without a stub would need a description of the service for.

use std::{fmt, time::Duration};

use clap::Args;
use rpc_core::{CallError, Channel, codec::Encode};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::service::LabClient;
use crate::Failure;

/// The methods, and their arguments by position.
const METHODS: [(&str, &str); 9] = [
    ("echo", "[bytes]"),
    ("add", "[a, b]"),
    ("sleep", "[ms]"),
    ("count", "[key]"),
    ("fail", "[text]"),
    ("panic", "[text]"),
    ("big", "[n]"),
    ("burn", "[ms]"),
    ("counters", "[]"),
];

/// `call`: whom, what, with what.
#[derive(Debug, Args)]
#[command(after_help = methods())]
pub struct Call {
    /// Whom to call.
    url: String,
    /// What to call; the methods are named below.
    method: String,
    /// Its arguments, as a JSON array; a single one that is no array may stand for itself. Bytes are a string or an
    /// array of numbers.
    #[arg(allow_negative_numbers = true)]
    arguments: Option<String>,
    /// How long it may take, in milliseconds; the framework's default unless given.
    #[arg(long, value_name = "N")]
    timeout_ms: Option<u64>,
    /// Metadata to send with it; may be given several times.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    metadata: Vec<(String, String)>,
}

/// Bytes as JSON has them.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected bytes, as a string or an array of numbers from 0 to 255")]
enum Bytes {
    Text(String),
    Numbers(Vec<u8>),
}

impl Call {
    /// Makes the call and gives its value.
    ///
    /// # Errors
    /// There is no such method, or it does not take these arguments; the call failed.
    pub async fn make(&self) -> Result<Value, Failure> {
        let lab = LabClient::new(Channel::lazy(&self.url)?);
        Ok(match &*self.method {
            "echo" => {
                let (bytes,): (Bytes,) = self.arguments()?;
                shown(self.made(lab.echo(bytes.as_slice())).await?)
            }
            "add" => {
                let (a, b) = self.arguments()?;
                json!(self.made(lab.add(a, b)).await?)
            }
            "sleep" => {
                let (ms,) = self.arguments()?;
                json!(self.made(lab.sleep(ms)).await?)
            }
            "count" => {
                let (key,): (String,) = self.arguments()?;
                json!(self.made(lab.count(&key)).await?)
            }
            "fail" => {
                let (text,): (String,) = self.arguments()?;
                json!(self.made(lab.fail(&text)).await?)
            }
            "panic" => {
                let (text,): (String,) = self.arguments()?;
                json!(self.made(lab.panic(&text)).await?)
            }
            "big" => {
                let (n,) = self.arguments()?;
                shown(self.made(lab.big(n)).await?)
            }
            "burn" => {
                let (ms,) = self.arguments()?;
                json!(self.made(lab.burn(ms)).await?)
            }
            "counters" => {
                let []: [(); 0] = self.arguments()?;
                json!(self.made(lab.counters()).await?)
            }
            other => return Err(format!("the laboratory has no method `{other}`. {}", methods()).into()),
        })
    }

    /// The arguments by position; a single one may stand for itself.
    fn arguments<A: DeserializeOwned>(&self) -> Result<A, Failure> {
        let arguments = serde_json::from_str(self.arguments.as_deref().unwrap_or("[]")).map(|value| match value {
            Value::Array(_) => value,
            single => Value::Array(vec![single]),
        });
        arguments.and_then(serde_json::from_value).map_err(|error| {
            let takes = METHODS.iter().find(|(name, _)| *name == self.method).map_or("", |(_, takes)| takes);
            format!("`{}` takes {takes} in JSON: {error}. {}", self.method, methods()).into()
        })
    }

    /// Makes a call with the options that were given.
    async fn made<A, T, E>(&self, mut call: rpc_core::Call<'_, A, T, E>) -> Result<T, Failure>
    where
        A: Encode,
        E: fmt::Display,
    {
        if let Some(ms) = self.timeout_ms {
            call = call.timeout(Duration::from_millis(ms));
        }
        for (key, value) in &self.metadata {
            call = call.metadata(key, value);
        }
        call.await.map_err(|error| match error {
            CallError::App(error) => format!("Lab/{} at {}: its own error: {error}", self.method, self.url).into(),
            CallError::Rpc(status) => status.to_string().into(),
        })
    }
}

impl Bytes {
    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Numbers(bytes) => bytes,
        }
    }
}

/// Bytes as a text, where they are one, else as numbers.
fn shown(bytes: Vec<u8>) -> Value {
    String::from_utf8(bytes).map_or_else(|error| json!(error.as_bytes()), Value::String)
}

fn methods() -> String {
    let methods = METHODS.map(|(name, takes)| format!("{name} {takes}"));
    format!("Methods: {}", methods.join(", "))
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("give KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}
