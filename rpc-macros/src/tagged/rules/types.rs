//! Rules of a type as a whole: its parameters, and its tags beside each other.

use syn::Error;

use crate::{
    tagged::model::Tagged,
    validate::{all, mistake},
};

pub(super) fn generic_type(tagged: &Tagged) -> Option<Error> {
    let parameters = &tagged.generics;
    let is_generic = !parameters.params.is_empty() || parameters.where_clause.is_some();
    is_generic.then(|| mistake(parameters, "a type with tags has no generic parameters: write the types out"))
}

pub(super) fn two_unknowns(tagged: &Tagged) -> Option<Error> {
    let unknown = tagged.entries.iter().filter_map(|entry| entry.options.unknown.as_ref());
    all(unknown
        .skip(1)
        .map(|option| mistake(option, "one variant holds all numbers that are not known: remove this one")))
}

pub(super) fn duplicate_tag(tagged: &Tagged) -> Option<Error> {
    let entries = &tagged.entries;
    all(entries.iter().enumerate().filter_map(|(at, entry)| {
        let tag = entry.options.tag.as_ref()?;
        let earlier = entries[..at].iter().find(|earlier| earlier.number() == Some(tag.value))?;
        let (earlier, name) = (earlier.name(), entry.name());
        let message = format!("`{earlier}` and `{name}` have the same tag: give one of them another");
        Some(mistake(&tag.at, message))
    }))
}
