//! `.thrift` files, of the whole language of Apache Thrift.
//!
//! ```text
//!   include "shared.thrift"                          what the other file defines is `shared.Name` here
//!   namespace rs a.b                                 the package; `*` stands for all languages
//!   const i32 LIMIT = 10      typedef i64 Id         enum Color { RED = 1, GREEN }
//!   struct User { 1: required Id id, 2: optional string name = "nobody" }
//!   union Shape { 1: Circle circle, 2: Square square }       exception NotFound { 1: string what }
//!   service Users extends shared.Health {
//!       User find(1: Id id) throws (1: NotFound missing),    oneway void forget(1: Id id)
//!   }
//!   bool i8 byte i16 i32 i64 double string binary uuid list<T> set<T> map<K, V>
//! ```
//! Elements end with `,` or `;` or nothing; `//`, `#` and `/* */` are comments. Annotations, `(deprecated)` aside, and
//! what is said to C++, to XML or to another generator are read and left out.
//!
//! [`load`] goes three ways, each of which ends the run if something is wrong: [`load`](mod@load) reads files, with
//! [`lex`] and [`parse`] into [`ast`]; [`lower`] looks names up, gives values types, and fills the model.

use std::path::PathBuf;

use crate::session::Session;

mod ast;
mod lex;
mod load;
mod lower;
mod names;
mod parse;
mod report;

#[cfg(test)]
mod tests;

/// Reads these files and all that they include.
pub(crate) fn load(paths: &[PathBuf], session: &mut Session) {
    let before = session.errors();
    let mut loaded = load::read(paths, session);
    // What a file with mistakes would have defined is not known: others would be blamed for its lack.
    if session.errors() == before && !loaded.reports.iter().any(report::Report::has_errors) {
        session.files.extend(lower::lower(&loaded.units, &mut loaded.reports));
    }
    session.diagnostics.extend(loaded.reports.into_iter().flat_map(report::Report::into_diagnostics));
}
