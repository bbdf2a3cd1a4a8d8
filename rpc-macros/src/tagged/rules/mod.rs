//! The rules: what a type must be so that it can be `Tagged`, and what to write where it is not.
//!
//! Each rule is a function named after the mistake; it stands in one of the tables below and has a case of its name
//! among the UI tests. Which kinds of items can have tags at all is said in the parent, how options are written in `attr`.

use syn::Error;

use super::model::{Entry, Tagged};
use crate::errors::Errors;

mod entries;
mod types;

const TYPE_RULES: [fn(&Tagged) -> Option<Error>; 3] = [types::generic_type, types::two_unknowns, types::duplicate_tag];

/// The first of these that finds something speaks for the whole field or variant.
const ENTRY_RULES: [fn(&Tagged, &Entry) -> Option<Error>; 10] = [
    entries::several_values,
    entries::unknown_without_number,
    entries::value_among_numbers,
    entries::tag_beside_oneof,
    entries::tag_beside_unknown,
    entries::missing_tag,
    entries::tag_zero,
    entries::tag_out_of_range,
    entries::as_without_value,
    entries::as_of_no_type,
];

/// Holds a type against all rules.
pub(super) fn check(tagged: &Tagged, errors: &mut Errors) {
    let of_type = TYPE_RULES.iter().filter_map(|rule| rule(tagged));
    let of_entries = tagged.entries.iter().filter_map(|entry| ENTRY_RULES.iter().find_map(|rule| rule(tagged, entry)));
    of_type.chain(of_entries).for_each(|mistake| errors.add(mistake));
}
