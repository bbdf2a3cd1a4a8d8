//! `lab call`: one call by hand, JSON in and JSON out. Which methods there are stands in `service`, and again here: this is
//! what a client without a stub would need a description of the service for.

use std::{fmt, time::Duration};

use clap::Args;
use futures_util::stream;
use rpc_core::{CallError, ChannelConfig, Streaming, codec::Encode};
use rpc_load::{Flavour, Run};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{limits::Bounds, service::LabClient};
use crate::Failure;

/// The methods, and their arguments by position.
const METHODS: [(&str, &str); 14] = [
    ("echo", "[bytes]"),
    ("add", "[a, b]"),
    ("sleep", "[ms]"),
    ("count", "[key]"),
    ("fail", "[text]"),
    ("panic", "[text]"),
    ("big", "[n]"),
    ("burn", "[ms]"),
    ("work", "[us]"),
    ("ticks", "[n, interval_us, size]"),
    ("sum", "[[integer, …]]"),
    ("relay", "[[bytes, …]]"),
    ("sink", "[[bytes, …]]"),
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
    #[command(flatten)]
    bounds: Bounds,
}

/// Bytes as JSON has them.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected bytes, as a string or an array of numbers from 0 to 255")]
enum Bytes {
    Text(String),
    Numbers(Vec<u8>),
}

impl Call {
    /// Makes the call and prints its value, or its items as they come.
    ///
    /// # Errors
    /// There is no such method, or it does not take these arguments; the call failed.
    pub fn run(self) -> Result<(), Failure> {
        let run = Run { workers: None, runtime: Flavour::Current };
        run.build()?.block_on(async {
            let lab = LabClient::new(ChannelConfig::new().limits(self.bounds.limits()).lazy(&self.url)?);
            match &*self.method {
                "ticks" => {
                    let (n, interval_us, size) = self.arguments()?;
                    self.print_items(self.made(lab.ticks(n, interval_us, size)).await?).await
                }
                "relay" => {
                    let (items,): (Vec<Bytes>,) = self.arguments()?;
                    self.print_items(self.made(lab.relay(stream::iter(owned(items)))).await?).await
                }
                _ => {
                    println!("{}", self.value(&lab).await?);
                    Ok(())
                }
            }
        })
    }

    async fn print_items<E: fmt::Display>(&self, mut items: Streaming<Vec<u8>, CallError<E>>) -> Result<(), Failure> {
        while let Some(item) = items.next().await {
            println!("{}", shown(item.map_err(|error| self.failed(error))?));
        }
        Ok(())
    }

    /// Makes a call that gives one value.
    async fn value(&self, lab: &LabClient) -> Result<Value, Failure> {
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
            "work" => {
                let (us,) = self.arguments()?;
                json!(self.made(lab.work(us)).await?)
            }
            "sum" => {
                let (items,): (Vec<i64>,) = self.arguments()?;
                json!(self.made(lab.sum(stream::iter(items))).await?)
            }
            "sink" => {
                let (items,): (Vec<Bytes>,) = self.arguments()?;
                json!(self.made(lab.sink(stream::iter(owned(items)))).await?)
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
        call.await.map_err(|error| self.failed(error))
    }

    fn failed<E: fmt::Display>(&self, error: CallError<E>) -> Failure {
        match error {
            CallError::App(error) => format!("Lab/{} at {}: its own error: {error}", self.method, self.url).into(),
            CallError::Rpc(status) => status.to_string().into(),
        }
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

/// The bytes of items.
fn owned(items: Vec<Bytes>) -> impl Iterator<Item = Vec<u8>> + Send + 'static {
    items.into_iter().map(|bytes| bytes.as_slice().to_vec())
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
