//! What is wrong with one file, kept within bounds: a file of garbage is said to be one, not described in full.

use std::ops::Range;

use crate::{
    diagnostics::{Diagnostic, Severity},
    source::{Place, SourceId},
};

/// Mistakes of one file that are shown, and as many warnings. Nobody mends more between two runs.
pub(super) const SHOWN_MAX: usize = 40;

/// The diagnostics of one file.
#[derive(Debug)]
pub(super) struct Report {
    source: SourceId,
    shown: Vec<Diagnostic>,
    errors: usize,
    warnings: usize,
    /// What takes the words that are not to be shown.
    rest: Diagnostic,
}

impl Report {
    pub(super) fn new(source: SourceId) -> Self {
        let rest = Diagnostic::new(Severity::Error, None, String::new());
        Self { source, shown: Vec::new(), errors: 0, warnings: 0, rest }
    }

    /// Something is wrong.
    pub(super) fn error(&mut self, span: &Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.errors += 1;
        self.say(Severity::Error, self.errors, span, message.into())
    }

    /// Something has no meaning here and is left out.
    pub(super) fn warn(&mut self, span: &Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.warnings += 1;
        self.say(Severity::Warning, self.warnings, span, message.into())
    }

    fn say(&mut self, severity: Severity, count: usize, span: &Range<usize>, message: String) -> &mut Diagnostic {
        let diagnostic = Diagnostic::new(severity, Some(self.place(span)), message);
        if count > SHOWN_MAX {
            self.rest = diagnostic;
            return &mut self.rest;
        }
        self.shown.push(diagnostic);
        self.shown.last_mut().expect("one was pushed")
    }

    pub(super) fn place(&self, span: &Range<usize>) -> Place {
        Place { source: self.source, span: span.clone() }
    }

    pub(super) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Whether what is said from now on is not shown: what is dear to find out need not be.
    pub(super) fn is_full(&self) -> bool {
        self.errors >= SHOWN_MAX
    }

    /// All that is to be shown.
    pub(super) fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        let hidden = [(self.errors, "mistakes", Severity::Error), (self.warnings, "warnings", Severity::Warning)];
        for (count, what, severity) in hidden.into_iter().filter(|(count, ..)| *count > SHOWN_MAX) {
            let message = format!("{} more {what} in this file are not shown", count - SHOWN_MAX);
            self.shown.push(Diagnostic::new(severity, Some(self.place(&(0..0))), message));
        }
        self.shown
    }
}
