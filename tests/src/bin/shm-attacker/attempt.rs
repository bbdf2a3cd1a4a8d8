//! What an attacker is told of one attempt: `name=value,name=value`. Which names there are is each attack's business.

use std::{collections::BTreeMap, fmt::Debug, str::FromStr};

/// The settings of one attempt.
#[derive(Debug, Default)]
pub(crate) struct Attempt(BTreeMap<String, String>);

impl Attempt {
    pub(crate) fn parse(text: &str) -> Self {
        let settings = text.split(',').filter(|setting| !setting.is_empty());
        let pair = |setting: &str| {
            let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
            (name.to_owned(), value.to_owned())
        };
        Self(settings.map(pair).collect())
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| &**value)
    }

    pub(crate) fn number<T: FromStr<Err: Debug>>(&self, name: &str, otherwise: T) -> T {
        self.text(name).map_or(otherwise, |value| value.parse().expect("a number"))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}
