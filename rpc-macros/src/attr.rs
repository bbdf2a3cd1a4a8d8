//! The options of `#[service(..)]`, and those of `#[rpc(..)]` on its methods.
//!
//! Knows which options there are and what each may be set to, not what they do. A mistake is recorded and its option
//! left out, so that the next mistake is found as well.

use std::time::Duration;

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, LitStr, Path};

use crate::{
    errors::Errors,
    options::{Value, listed, malformed_option, of_attributes, once_each, unknown_option},
};

const OF_SERVICE: &str = "`name = \"market.Quotes\"` and `crate = path`";
const OF_METHOD: &str = "`oneway`, `idempotent`, `timeout = \"500ms\"`, `idle_timeout = \"30s\"`, `name = \"wireName\"` and `tags = \"1, 3\"`";

/// What `#[service(..)]` says.
#[derive(Default)]
pub(crate) struct ServiceOptions {
    pub(crate) name: Option<LitStr>,
    pub(crate) runtime: Option<Path>,
}

/// What the `#[rpc(..)]` of one method says.
#[derive(Default)]
pub(crate) struct MethodOptions {
    pub(crate) oneway: bool,
    pub(crate) idempotent: bool,
    pub(crate) timeout: Option<Duration>,
    /// With the option itself, which not every method may have.
    pub(crate) idle_timeout: Option<(Ident, Duration)>,
    pub(crate) name: Option<LitStr>,
    /// With what is written, which has to agree with the arguments.
    pub(crate) tags: Option<(LitStr, Vec<i16>)>,
}

/// Reads what stands in the parentheses of `#[service(..)]`.
pub(crate) fn service(tokens: TokenStream, errors: &mut Errors) -> ServiceOptions {
    let mut options = ServiceOptions::default();
    for option in once_each(listed(tokens, OF_SERVICE, errors), errors) {
        match (option.name.to_string().as_str(), &option.value) {
            ("name", Some(Value::Text(name))) => options.name = Some(name.clone()),
            ("crate", Some(Value::Path(path))) => options.runtime = Some(path.clone()),
            ("name" | "crate", _) => malformed_option(&option.name, OF_SERVICE, errors),
            _ => unknown_option(&option.name, OF_SERVICE, errors),
        }
    }
    options
}

/// Reads every `#[rpc(..)]` among the attributes of a method.
pub(crate) fn method(attributes: &[Attribute], errors: &mut Errors) -> MethodOptions {
    let mut options = MethodOptions::default();
    for option in of_attributes(attributes, OF_METHOD, errors) {
        match (option.name.to_string().as_str(), &option.value) {
            ("oneway", None) => options.oneway = true,
            ("idempotent", None) => options.idempotent = true,
            ("timeout", Some(Value::Text(text))) => options.timeout = timeout(text, "timeout = \"500ms\"", errors),
            ("idle_timeout", Some(Value::Text(text))) => {
                let timeout = timeout(text, "idle_timeout = \"30s\"", errors);
                options.idle_timeout = timeout.map(|timeout| (option.name.clone(), timeout));
            }
            ("name", Some(Value::Text(name))) => options.name = Some(name.clone()),
            ("tags", Some(Value::Text(text))) => options.tags = tags(text, errors).map(|tags| (text.clone(), tags)),
            ("oneway" | "idempotent" | "timeout" | "idle_timeout" | "name" | "tags", _) => {
                malformed_option(&option.name, OF_METHOD, errors);
            }
            _ => unknown_option(&option.name, OF_METHOD, errors),
        }
    }
    options
}

fn timeout(text: &LitStr, example: &str, errors: &mut Errors) -> Option<Duration> {
    let duration = parse_duration(&text.value());
    if duration.is_none() {
        errors.push(
            text,
            format_args!(
                "a timeout is a whole number above 0 and its unit, `us`, `ms`, `s`, `m` or `h`: write `{example}`"
            ),
        );
    }
    duration
}

fn parse_duration(text: &str) -> Option<Duration> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit_at);
    let micros_per_unit = match unit {
        "us" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" => 60 * 1_000_000,
        "h" => 60 * 60 * 1_000_000,
        _ => return None,
    };
    let micros = number.parse::<u64>().ok()?.checked_mul(micros_per_unit)?;
    (micros > 0).then_some(Duration::from_micros(micros))
}

fn tags(text: &LitStr, errors: &mut Errors) -> Option<Vec<i16>> {
    let tags = parse_tags(&text.value());
    if tags.is_none() {
        let message = "tags are different numbers from -32768 to 32767, and not 0: write `tags = \"1, 3\"`";
        errors.push(text, message);
    }
    tags
}

fn parse_tags(text: &str) -> Option<Vec<i16>> {
    let tags: Vec<i16> = text.split(',').map(|tag| tag.trim().parse().ok()).collect::<Option<_>>()?;
    let is_sound = |at: usize| tags[at] != 0 && !tags[..at].contains(&tags[at]);
    (0..tags.len()).all(is_sound).then_some(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_numbers_with_commas_between_them() {
        assert_eq!(parse_tags("1"), Some(vec![1]));
        assert_eq!(parse_tags("1, 3,-2 "), Some(vec![1, 3, -2]));
        assert_eq!(parse_tags("32767,-32768"), Some(vec![32_767, -32_768]));
    }

    #[test]
    fn tags_are_refused_if_zero_repeated_out_of_range_or_no_numbers() {
        for text in ["", "0", "1, 0", "1, 1", "1 3", "1,", "1,,3", "32768", "-32769", "a", "1.5"] {
            assert_eq!(parse_tags(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_timeout_has_a_number_and_a_unit() {
        assert_eq!(parse_duration("7us"), Some(Duration::from_micros(7)));
        assert_eq!(parse_duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse_duration("2s"), Some(Duration::from_secs(2)));
        assert_eq!(parse_duration("3m"), Some(Duration::from_secs(180)));
        assert_eq!(parse_duration("1h"), Some(Duration::from_secs(3600)));
    }

    #[test]
    fn a_timeout_is_refused_without_unit_at_zero_negative_fractional_or_beyond_64_bits() {
        for text in ["", "5", "ms", "0s", "-1s", "1.5s", "1 s", "5d", "18446744073709551615h", "99999999999999999999us"]
        {
            assert_eq!(parse_duration(text), None, "{text:?}");
        }
    }
}
