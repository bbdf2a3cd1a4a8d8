//! From files to the [model](crate::model): one front end for each language, chosen by how a file's name ends.
//!
//! A front end reads the files that it is given and all that these import, adds them to the session, those that are
//! imported before those that import them, and says what is wrong. It goes on after a mistake where it can, so that one
//! run shows several. A front end knows nothing of the others, nor of Rust.

use std::path::PathBuf;

use crate::session::Session;

mod protobuf;
mod thrift;

/// A language: how its files' names end, and what reads them.
pub(crate) struct Language {
    pub(crate) extension: &'static str,
    /// Reads these files, each of which was asked for.
    pub(crate) load: fn(&[PathBuf], &mut Session),
}

/// All languages.
pub(crate) const LANGUAGES: [Language; 2] =
    [Language { extension: "proto", load: protobuf::load }, Language { extension: "thrift", load: thrift::load }];
