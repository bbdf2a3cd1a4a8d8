//! An address: the scheme that chooses a transport, and the rest, which only that transport understands.

use std::{fmt, io, str::FromStr};

/// Where to dial or to listen, written as a URL such as `tcp://127.0.0.1:7000`.
///
/// ```
/// let address: rpc_core::Address = "unix:///run/quotes.sock".parse()?;
/// assert_eq!((address.scheme(), address.rest()), ("unix", "/run/quotes.sock"));
/// # Ok::<_, rpc_core::AddressError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    url: String,
    scheme: usize,
    rest: usize,
}

/// What a list of addresses begins with.
const LIST: &str = "list:";

/// A text is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{url}` is no address: {why}; write for example `tcp://127.0.0.1:7000` or `unix:///run/name.sock`")]
pub struct AddressError {
    url: String,
    why: &'static str,
}

impl Address {
    /// An address of a scheme, with the rest written as that scheme wants it.
    #[must_use]
    pub fn new(scheme: &str, rest: &str) -> Self {
        Self { url: format!("{scheme}://{rest}"), scheme: scheme.len(), rest: scheme.len() + 3 }
    }

    /// The addresses of a URL: several where it reads `list:tcp://a:1,tcp://b:2`, else one. An address that has a comma
    /// cannot stand in a list.
    pub(crate) fn list(url: &str) -> Result<Vec<Self>, AddressError> {
        match url.strip_prefix(LIST) {
            Some(urls) => urls.split(',').map(str::parse).collect(),
            None => Ok(vec![url.parse()?]),
        }
    }

    /// The part before `://`, such as `tcp`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.url[..self.scheme]
    }

    /// The part behind `://`, such as `127.0.0.1:7000`.
    #[must_use]
    pub fn rest(&self) -> &str {
        &self.url[self.rest..]
    }

    /// The whole address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// The error of a transport that cannot read it.
    pub(crate) fn invalid(&self, why: &str) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidInput, format!("`{self}`: {why}"))
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(url: &str) -> Result<Self, AddressError> {
        let error = |why| AddressError { url: url.to_owned(), why };
        let (scheme, rest) = url.split_once("://").ok_or_else(|| error("there is no `://` in it"))?;
        if scheme.is_empty()
            || !scheme.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-".contains(&b))
        {
            return Err(error("the part before `://` is not made of lower-case letters, digits, `+` and `-`"));
        }
        if rest.is_empty() {
            return Err(error("there is nothing behind `://`"));
        }
        Ok(Self::new(scheme, rest))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_its_addresses_in_order_and_each_is_looked_at() {
        let urls = |url| Address::list(url).map(|list| list.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(urls("tcp://a:1").unwrap(), ["tcp://a:1"]);
        assert_eq!(urls("list:tcp://a:1,unix:///b").unwrap(), ["tcp://a:1", "unix:///b"]);
        for (url, part) in [("list:", "``"), ("list:tcp://a:1,", "``"), ("list:tcp://a:1,b:2", "`b:2`")] {
            assert!(urls(url).unwrap_err().to_string().starts_with(part), "{url}");
        }
    }

    #[test]
    fn a_text_that_is_no_address_says_what_is_missing() {
        for (url, why) in [
            ("", "no `://`"),
            ("127.0.0.1:7000", "no `://`"),
            ("://x", "before"),
            ("TCP://x", "lower-case"),
            ("tcp://", "nothing behind"),
        ] {
            let error = url.parse::<Address>().unwrap_err().to_string();
            assert!(error.contains(why), "{url}: {error}");
        }
    }
}
