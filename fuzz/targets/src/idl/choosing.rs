//! Names that are in each other's way, and in that of Rust.

use crate::choices::Choices;

const NAMES: [&str; 40] = [
    "Foo",
    "foo",
    "FOO",
    "FooBar",
    "foo_bar",
    "fooBar",
    "FOO_BAR",
    "Foo_Bar",
    "FooClient",
    "FooServer",
    "Bar",
    "bar",
    "Option",
    "Result",
    "String",
    "Vec",
    "Box",
    "Some",
    "None",
    "Default",
    "Clone",
    "Status",
    "Stream",
    "Streaming",
    "self",
    "Self",
    "type",
    "match",
    "async",
    "new",
    "clone",
    "connect",
    "rpc_core",
    "std",
    "_1",
    "_",
    "__a",
    "source",
    "message",
    "Unrecognized",
];

/// Names of one place, each there once as the IDL sees it.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(Vec<&'static str>);

impl Names {
    /// A name that is not there yet, most often.
    pub(super) fn fresh(&mut self, choices: &mut Choices<'_>) -> &'static str {
        let first = choices.below(NAMES.len());
        let mut names = (0..NAMES.len()).map(|step| NAMES[(first + step) % NAMES.len()]);
        let name = match choices.below(50) {
            0 => NAMES[first],
            _ => names.find(|name| !self.0.contains(name)).unwrap_or(NAMES[first]),
        };
        self.0.push(name);
        name
    }

    /// Adds one.
    pub(super) fn push(&mut self, name: &'static str) {
        self.0.push(name);
    }

    /// One that is there, most often.
    pub(super) fn known(&self, choices: &mut Choices<'_>) -> Option<&'static str> {
        match choices.below(50) {
            0 => Some(choices.one_of(NAMES)),
            _ if self.0.is_empty() => None,
            _ => Some(self.0[choices.below(self.0.len())]),
        }
    }
}

/// So many parts, at most.
pub(super) fn several(choices: &mut Choices<'_>, most: usize, mut part: impl FnMut(&mut Choices<'_>, usize)) {
    for number in 0..choices.below(most + 1) {
        part(choices, number);
    }
}
