//! The parser: one function for each construct of the grammar, one token of look-ahead.
//!
//! ```text
//!   document.rs     headers and definitions        fields.rs   fields, functions, values of enums
//!   types.rs        types and annotations          values.rs   values and texts
//!   docs.rs         comments to documentation      cursor.rs   where the parser is, and what it expects there
//! ```
//! A function that meets a mistake says so and gives [`Stop`]. Lists go on behind it with their next element, and the
//! document with the next definition; a mistake is said once. Looks no name up.

use super::{ast::Document, report::Report};

mod cursor;
mod docs;
mod document;
mod fields;
mod types;
mod values;

/// How deep types and values may be nested: far more than anybody writes, far less than what a stack holds.
pub(super) const DEPTH_MAX: usize = 64;

/// A mistake was met, and said.
#[derive(Debug)]
struct Stop;

type Parsed<T> = Result<T, Stop>;

/// Reads a text; what is wrong with it is in the report.
pub(super) fn parse(text: &str, report: &mut Report) -> Document {
    cursor::Cursor::new(text, report).document()
}
