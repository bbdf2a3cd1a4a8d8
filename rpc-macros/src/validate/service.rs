//! Rules of a service as a whole: its trait, its name, and its methods beside each other.
//!
//! Knows nothing of what a single method may look like.

use syn::{Error, LitStr, TraitItem};

use super::{all, mistake};
use crate::model::{Method, Service};

const NAME_BYTES_MAX: usize = 256;

pub(super) fn generic_trait(service: &Service) -> Option<Error> {
    let generics = &service.syntax.generics;
    (!generics.params.is_empty())
        .then(|| mistake(generics, "a service has no generic parameters: write the types out in its methods"))
}

pub(super) fn where_clause_on_trait(service: &Service) -> Option<Error> {
    let clause = service.syntax.generics.where_clause.as_ref()?;
    Some(mistake(clause, "a service has no `where` clause: write supertraits as `trait Name: Super`"))
}

pub(super) fn unsafe_trait(service: &Service) -> Option<Error> {
    let unsafety = service.syntax.unsafety?;
    Some(mistake(unsafety, "a service is safe to implement: remove `unsafe`"))
}

pub(super) fn associated_item(service: &Service) -> Option<Error> {
    all(service.others.iter().map(|item| match item {
        TraitItem::Verbatim(_) => mistake(item, "a method has the visibility of its trait: write `async fn` alone"),
        _ => mistake(item, "a service has methods only: move this into a supertrait"),
    }))
}

pub(super) fn service_name(service: &Service) -> Option<Error> {
    wire_name(&service.name, "#[service(name = \"market.Quotes\")]")
}

pub(super) fn duplicate_method(service: &Service) -> Option<Error> {
    all(pairs(service).filter_map(|(earlier, later)| {
        let name = later.ident();
        (earlier.ident() == name).then(|| mistake(name, format!("`{name}` is declared twice: rename one of them")))
    }))
}

pub(super) fn duplicate_wire_name(service: &Service) -> Option<Error> {
    all(pairs(service).filter_map(|(earlier, later)| {
        let name = later.name.value();
        if earlier.name.value() != name || earlier.ident() == later.ident() {
            return None;
        }
        let (earlier, ident) = (earlier.ident(), later.ident());
        Some(mistake(
            &later.name,
            format!("`{earlier}` and `{ident}` are both `{name}` on the wire: rename one of them"),
        ))
    }))
}

/// Every two methods, in the order of declaration.
fn pairs(service: &Service) -> impl Iterator<Item = (&Method, &Method)> {
    let methods = &service.methods;
    (0..methods.len()).flat_map(move |later| methods[..later].iter().map(move |earlier| (earlier, &methods[later])))
}

/// Holds the name of a service or of a method against what every language, log and metric can carry.
pub(super) fn wire_name(name: &LitStr, option: &str) -> Option<Error> {
    let text = name.value();
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    let message = match text.len() {
        0 => "a name on the wire is not empty",
        1..=NAME_BYTES_MAX if is_plain => return None,
        1..=NAME_BYTES_MAX => "a name on the wire is made of `A-Z`, `a-z`, `0-9`, `_`, `.` and `-`",
        _ => "a name on the wire has at most 256 bytes",
    };
    Some(mistake(name, format!("{message}: write `{option}`")))
}
