//! The options of `#[rpc(..)]` on a type that is `Tagged`, on its fields and on its variants.
//!
//! Knows which options there are and how each is written, not which go together. A mistake is recorded and its option
//! left out, so that the next mistake is found as well.

use proc_macro2::Ident;
use syn::{Attribute, LitStr, Path};

use crate::{
    errors::Errors,
    options::{Number, Value, malformed_option, of_attributes, unknown_option},
};

const OF_TYPE: &str = "`crate = path`";
const OF_FIELD: &str = "`tag = 1`, `required`, `as = \"sint32\"` and `oneof`";
const OF_VARIANT: &str = "`tag = 1`, `as = \"sint32\"` and `unknown`";

/// What the `#[rpc(..)]` of a field or of a variant says.
#[derive(Default)]
pub(super) struct EntryOptions {
    pub(super) tag: Option<Number>,
    pub(super) required: bool,
    /// How the IDL writes the type.
    pub(super) written: Option<LitStr>,
    /// The option itself: the field is a oneof.
    pub(super) oneof: Option<Ident>,
    /// The option itself: the variant holds the numbers that no other has.
    pub(super) unknown: Option<Ident>,
    /// What is written here has a mistake: that something is missing might be due to it.
    pub(super) is_mistaken: bool,
}

/// Reads where the runtime is, if the type says so.
pub(super) fn runtime(attributes: &[Attribute], errors: &mut Errors) -> Option<Path> {
    let mut runtime = None;
    for option in of_attributes(attributes, OF_TYPE, errors) {
        match (option.name.to_string().as_str(), option.value) {
            ("crate", Some(Value::Path(path))) => runtime = Some(path),
            ("crate", _) => malformed_option(&option.name, OF_TYPE, errors),
            _ => unknown_option(&option.name, OF_TYPE, errors),
        }
    }
    runtime
}

/// Reads the options of a field.
pub(super) fn field(attributes: &[Attribute], errors: &mut Errors) -> EntryOptions {
    entry(attributes, &["required", "oneof"], OF_FIELD, errors)
}

/// Reads the options of a variant.
pub(super) fn variant(attributes: &[Attribute], errors: &mut Errors) -> EntryOptions {
    entry(attributes, &["unknown"], OF_VARIANT, errors)
}

/// Both have `tag` and `as`; `flags` are what only one of them has.
fn entry(attributes: &[Attribute], flags: &[&str], known: &str, errors: &mut Errors) -> EntryOptions {
    let before = errors.count();
    let mut options = EntryOptions::default();
    for option in of_attributes(attributes, known, errors) {
        let name = option.name.to_string();
        match (name.as_str(), option.value) {
            ("tag", Some(Value::Number(number))) => options.tag = Some(number),
            ("as", Some(Value::Text(written))) => options.written = Some(written),
            (flag, None) if flags.contains(&flag) => match flag {
                "oneof" => options.oneof = Some(option.name),
                "unknown" => options.unknown = Some(option.name),
                _ => options.required = true,
            },
            (name, _) if flags.contains(&name) || ["tag", "as"].contains(&name) => {
                malformed_option(&option.name, known, errors);
            }
            _ => unknown_option(&option.name, known, errors),
        }
    }
    options.is_mistaken = errors.count() > before;
    options
}
