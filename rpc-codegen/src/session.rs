//! One run: what is read, what it said, and what was wrong.
//!
//! Front ends are handed a session and fill it. Knows no IDL.

use std::path::PathBuf;

use crate::{
    diagnostics::{Diagnostic, Severity},
    model::File,
    source::{Place, Sources},
};

/// What a run has so far.
#[derive(Debug, Default)]
pub(crate) struct Session {
    pub(crate) sources: Sources,
    /// Where imports are looked for, in this order, behind what the language says.
    pub(crate) includes: Vec<PathBuf>,
    /// Folders that were asked for as a whole.
    pub(crate) folders: Vec<PathBuf>,
    /// Messages such as `google.protobuf.Timestamp` stay what they are, instead of types that Rust has for them.
    pub(crate) well_known_as_messages: bool,
    /// What the files said; those that others import come before them.
    pub(crate) files: Vec<File>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Session {
    /// Something is wrong: nothing is generated. More can be said of it with [`Diagnostic`]'s methods.
    pub(crate) fn error(&mut self, place: impl Into<Option<Place>>, message: impl Into<String>) -> &mut Diagnostic {
        self.diagnostics.push(Diagnostic::new(Severity::Error, place.into(), message.into()));
        self.diagnostics.last_mut().expect("one was pushed")
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.errors() > 0
    }

    /// How many mistakes were said so far.
    pub(crate) fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
    }
}
