//! Every mistake in one item, told at once.
//!
//! Does not know what is a mistake.

use std::fmt::Display;

use quote::ToTokens;

/// The mistakes found so far. Whoever makes one has to [`finish`](Self::finish) it: code must not be generated as if
/// nothing had been found.
pub(crate) struct Errors {
    found: Vec<syn::Error>,
    finished: bool,
}

impl Errors {
    pub(crate) fn new() -> Self {
        Self { found: Vec::new(), finished: false }
    }

    /// Adds a mistake: where it is, and what to write instead.
    pub(crate) fn push(&mut self, at: impl ToTokens, message: impl Display) {
        self.add(syn::Error::new_spanned(at, message));
    }

    /// Adds a mistake that the parser found.
    pub(crate) fn add(&mut self, error: syn::Error) {
        self.found.push(error);
    }

    /// How many there are so far.
    pub(crate) fn count(&self) -> usize {
        self.found.len()
    }

    /// All mistakes, in the order in which they were found.
    pub(crate) fn finish(mut self) -> Vec<syn::Error> {
        self.finished = true;
        std::mem::take(&mut self.found)
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        // A second panic would hide the first.
        if !self.finished && !std::thread::panicking() {
            panic!("mistakes were collected and nobody read them");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "nobody read them")]
    fn mistakes_that_nobody_reads_are_a_panic() {
        drop(Errors::new());
    }

    #[test]
    fn mistakes_come_back_in_the_order_in_which_they_were_found() {
        let mut errors = Errors::new();
        errors.push(quote::quote!(a), "first");
        errors.push(quote::quote!(b), "second");
        let messages: Vec<_> = errors.finish().iter().map(ToString::to_string).collect();
        assert_eq!(messages, ["first", "second"]);
    }
}
