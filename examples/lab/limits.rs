//! Any field of [`Limits`] by its name, for command lines: `--limit stream_bytes=65536 --limit idle_timeout=10s`.

use std::{fmt::Display, str::FromStr, time::Duration};

use clap::Args;
use rpc_core::Limits;

/// Bounds other than the framework's defaults.
#[derive(Clone, Debug, Args)]
pub struct Bounds {
    /// A field of `Limits` by its name, for both sides of whatever this process does; may be given several times. Times are
    /// a number with `us`, `ms`, `s`, `m` or `h`, or `never`.
    #[arg(long = "limit", value_name = "NAME=VALUE", value_parser = Bound::from_str)]
    bounds: Vec<Bound>,
}

impl Bounds {
    /// The defaults, with what was given in their place.
    pub fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        for Bound { set, value } in &self.bounds {
            // It was tried when it was parsed.
            let _ = set(&mut limits, value);
        }
        limits
    }
}

/// A field and its value.
#[derive(Clone, Debug)]
struct Bound {
    set: Set,
    value: String,
}

impl FromStr for Bound {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("give NAME=VALUE")?;
        let Some((_, set)) = FIELDS.iter().find(|(field, _)| *field == name) else {
            let names: Vec<&str> = FIELDS.iter().map(|(field, _)| *field).collect();
            return Err(format!("there is no limit `{name}`. There are: {}", names.join(", ")));
        };
        set(&mut Limits::default(), value)?;
        Ok(Self { set: *set, value: value.to_owned() })
    }
}

/// Sets a field.
type Set = fn(&mut Limits, &str) -> Result<(), String>;

/// The names of fields, and how each is set.
macro_rules! fields {
    ($($($field:ident).+),* $(,)?) => {
        &[$((
            stringify!($($field).+),
            |limits, text| {
                limits.$($field).+ = Value::parse(text)?;
                Ok(())
            },
        )),*]
    };
}

/// All of them.
const FIELDS: &[(&str, Set)] = fields![
    message,
    calls_in_flight,
    waiting_calls,
    running_handlers,
    request_bytes,
    response_bytes,
    server_bytes,
    connections,
    connections_per_peer,
    stream_bytes,
    stream_items,
    connection_stream_bytes,
    pings,
    pongs,
    metadata_bytes,
    metadata_pairs,
    send_buffer,
    read_buffer,
    frame,
    shared_memory,
    hello,
    hello_timeout,
    dial_timeout,
    backoff_min,
    backoff_max,
    ping_after,
    ping_timeout,
    stall_timeout,
    take_timeout,
    call_timeout,
    idle_timeout,
    deadline,
    drain_timeout,
    decode.depth,
    decode.memory_floor,
    decode.memory_factor,
    decode.empty_elements,
];

/// The value of a field.
trait Value: Sized {
    fn parse(text: &str) -> Result<Self, String>;
}

impl Value for usize {
    fn parse(text: &str) -> Result<Self, String> {
        number(text)
    }
}

impl Value for u32 {
    fn parse(text: &str) -> Result<Self, String> {
        number(text)
    }
}

impl Value for Duration {
    fn parse(text: &str) -> Result<Self, String> {
        let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let micros = match unit {
            "never" if unit == text => return Ok(Self::MAX),
            "us" => 1,
            "ms" => 1_000,
            "s" => 1_000_000,
            "m" => 60_000_000,
            "h" => 3_600_000_000_u64,
            _ => return Err(format!("`{text}` is no time: give one such as 500ms, 10s or 2h, or `never`")),
        };
        let times: u64 = number(&text[..text.len() - unit.len()])?;
        Ok(times.checked_mul(micros).map_or(Self::MAX, Self::from_micros))
    }
}

fn number<N: FromStr<Err: Display>>(text: &str) -> Result<N, String> {
    text.parse().map_err(|error| format!("`{text}`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields as `Debug` shows them, one on a line, with their values.
    fn shown(limits: &Limits) -> Vec<(String, String)> {
        let (mut within, mut fields) = (String::new(), Vec::new());
        for line in format!("{limits:#?}").lines().map(str::trim) {
            match line.split_once(": ") {
                Some((name, value)) if value.ends_with('{') => within = format!("{name}."),
                Some((name, value)) => fields.push((format!("{within}{name}"), value.trim_end_matches(',').to_owned())),
                None if line.starts_with('}') => within.clear(),
                None => {}
            }
        }
        fields
    }

    fn limits(texts: &[&str]) -> Limits {
        Bounds { bounds: texts.iter().map(|text| text.parse().unwrap()).collect() }.limits()
    }

    #[test]
    fn every_field_has_its_name_and_is_set_by_it_alone() {
        let defaults = shown(&Limits::default());
        assert!(defaults.len() > 30, "the fields were not found: {defaults:?}");
        let (named, there): (Vec<_>, Vec<_>) = FIELDS.iter().zip(&defaults).map(|(a, b)| (a.0, &*b.0)).unzip();
        assert_eq!(named, there);
        assert_eq!(FIELDS.len(), defaults.len());
        for (at, (name, _)) in defaults.iter().enumerate() {
            let time = defaults[at].1.ends_with('s');
            let (value, said) = if time { ("77m", "4620s") } else { ("77", "77") };
            let mut expected = defaults.clone();
            expected[at].1 = said.to_owned();
            assert_eq!(shown(&limits(&[&format!("{name}={value}")])), expected);
        }
    }

    #[test]
    fn what_is_given_last_counts() {
        let given = limits(&["frame=9", "stall_timeout=never", "frame=10", "call_timeout=250ms", "deadline=3us"]);
        let limits = Limits::default().frame(10).stall_timeout(Duration::MAX);
        assert_eq!(given, limits.call_timeout(Duration::from_millis(250)).deadline(Duration::from_micros(3)));
    }

    #[test]
    fn what_is_no_field_or_no_value_is_refused_with_what_there_is() {
        for (text, part) in [
            ("stream_bites=1", "`stream_bites`. There are: message, calls_in_flight"),
            ("decode=1", "decode.depth"),
            ("stream_bytes", "give NAME=VALUE"),
            ("stream_bytes=4294967296", "`4294967296`: number too large"),
            ("stream_bytes=-1", "`-1`"),
            ("stream_bytes=10s", "`10s`"),
            ("stream_bytes=", "``: cannot parse"),
            ("idle_timeout=10", "`10` is no time: give one such as 500ms"),
            ("idle_timeout=s", "``: cannot parse"),
            ("idle_timeout=1.5s", "`1.5s` is no time"),
            ("idle_timeout=1never", "`1never` is no time"),
        ] {
            let refused = text.parse::<Bound>().unwrap_err();
            assert!(refused.contains(part), "{text}: {refused}");
        }
    }
}
