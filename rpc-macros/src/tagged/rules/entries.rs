//! Rules of one field or variant: what it holds, its tag, and the options beside it.

use std::ops::RangeInclusive;

use syn::{Error, Type};

use crate::{
    owned::last_segment,
    tagged::model::{Entry, Holds, Shape, Tagged},
    validate::mistake,
};

/// What Thrift allows below, and protobuf above.
const TAGS: RangeInclusive<i128> = -32_768..=536_870_911;
const NUMBERS: RangeInclusive<i128> = i32::MIN as i128..=i32::MAX as i128;

pub(super) fn several_values(_: &Tagged, entry: &Entry) -> Option<Error> {
    let Holds::Several(fields) = &entry.holds else { return None };
    let message = "a variant with a tag holds one value, or none: put them into a struct";
    Some(mistake(fields, format!("{message}, and write `{}(Type)`", entry.ident)))
}

pub(super) fn unknown_without_number(_: &Tagged, entry: &Entry) -> Option<Error> {
    let option = entry.options.unknown.as_ref()?;
    let holds_number = matches!(&entry.holds, Holds::One(ty) if is_number(ty));
    let message = || format!("it holds the number that is not known: write `{}(i32)`", entry.ident);
    (!holds_number).then(|| mistake(option, message()))
}

pub(super) fn value_among_numbers(tagged: &Tagged, entry: &Entry) -> Option<Error> {
    let Holds::One(ty) = &entry.holds else { return None };
    let is_mistake = tagged.shape == Shape::Numbers && entry.options.unknown.is_none();
    let message = || {
        let (name, unknown) = (&entry.ident, tagged.unknown().map(|entry| &entry.ident));
        let unknown = unknown.map(ToString::to_string).unwrap_or_default();
        format!("with `{unknown}` this is an enum of numbers: write `{name}` alone, or remove `{unknown}`")
    };
    is_mistake.then(|| mistake(ty, message()))
}

pub(super) fn tag_beside_oneof(_: &Tagged, entry: &Entry) -> Option<Error> {
    let (tag, _) = entry.options.tag.as_ref().zip(entry.options.oneof.as_ref())?;
    Some(mistake(&tag.at, "a oneof has no tag, its variants have: remove this one"))
}

pub(super) fn tag_beside_unknown(_: &Tagged, entry: &Entry) -> Option<Error> {
    let (tag, _) = entry.options.tag.as_ref().zip(entry.options.unknown.as_ref())?;
    Some(mistake(&tag.at, "this variant is for all other numbers and has no tag: remove it"))
}

pub(super) fn missing_tag(tagged: &Tagged, entry: &Entry) -> Option<Error> {
    let options = &entry.options;
    let has_one = options.tag.is_some() || options.oneof.is_some() || options.unknown.is_some();
    let message = match tagged.shape {
        Shape::Struct => "every field has a tag: write `#[rpc(tag = 1)]` above it, or `#[rpc(oneof)]`",
        Shape::OneOf => "every variant has a tag: write `#[rpc(tag = 1)]` above it",
        Shape::Numbers => "every variant has a tag: write `#[rpc(tag = 1)]` above it, or `#[rpc(unknown)]`",
    };
    (!has_one && !options.is_mistaken).then(|| mistake(&entry.ident, message))
}

pub(super) fn tag_zero(tagged: &Tagged, entry: &Entry) -> Option<Error> {
    let tag = entry.options.tag.as_ref()?;
    let is_mistake = tagged.shape != Shape::Numbers && tag.value == 0;
    is_mistake.then(|| mistake(&tag.at, "only a value of an enum has the tag 0: begin with 1"))
}

pub(super) fn tag_out_of_range(tagged: &Tagged, entry: &Entry) -> Option<Error> {
    let tag = entry.options.tag.as_ref()?;
    let (range, what) = match tagged.shape {
        Shape::Numbers => (NUMBERS, "of a value is an `i32`"),
        Shape::Struct | Shape::OneOf => (TAGS, "is a number from -32768 to 536870911, and not 0"),
    };
    (!range.contains(&tag.value)).then(|| mistake(&tag.at, format!("a tag {what}: write a number within")))
}

pub(super) fn as_without_value(_: &Tagged, entry: &Entry) -> Option<Error> {
    let (options, written) = (&entry.options, entry.options.written.as_ref()?);
    let message = match &entry.holds {
        _ if options.oneof.is_some() => "a oneof is not written as a value, its variants are: remove `as`",
        _ if options.unknown.is_some() => "a number of an enum is always an `i32`: remove `as`",
        Holds::Nothing => "what holds nothing is written in one way only: remove `as`",
        _ => return None,
    };
    Some(mistake(written, message))
}

pub(super) fn as_of_no_type(_: &Tagged, entry: &Entry) -> Option<Error> {
    let written = entry.options.written.as_ref()?;
    let text = written.value();
    let is_type = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_<>,. ".contains(&byte));
    let message = "this is no type of an IDL: write `as = \"sint32\"` or `as = \"map<sint32, fixed64>\"`";
    (!is_type || text.trim().is_empty()).then(|| mistake(written, message))
}

fn is_number(ty: &Type) -> bool {
    last_segment(ty).is_some_and(|(name, types)| name == "i32" && types.is_empty())
}
