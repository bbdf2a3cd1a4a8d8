//! What may stand behind the `?` of an address, and what it means.

use std::{io, time::Duration};

use super::{cpus, geometry::Geometry};
use crate::address::Address;

/// The own side of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) geometry: Geometry,
    pub(super) never_spins: bool,
}

impl Options {
    /// How long to look for a frame at most, towards a peer of this process id.
    pub(super) fn looks(&self, most: Duration, peer: Option<i32>) -> Duration {
        if !self.never_spins && cpus::may_spin(peer) { most } else { Duration::ZERO }
    }
}

/// The place that an address names, and the options behind it.
pub(super) fn split(address: &Address) -> io::Result<(&str, Options)> {
    let rest = address.rest();
    let (place, query) = match rest.split_once('?') {
        Some(parts) => parts,
        None => (rest, ""),
    };
    let options = parse(query).map_err(|why| address.invalid(&why))?;
    Ok((place, options))
}

fn parse(query: &str) -> Result<Options, String> {
    let (mut cells, mut size, mut never_spins) = (None, None, false);
    for option in query.split('&').filter(|option| !option.is_empty()) {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let number = |unit: fn(&str) -> Option<u64>| {
            unit(value).ok_or_else(|| format!("`{option}`: write for example `size=4MiB` or `cells=4096`"))
        };
        match name {
            "size" => size = Some(number(bytes)?),
            "cells" => cells = Some(number(|value| value.parse().ok())?),
            "spin" => match value {
                "auto" => never_spins = false,
                "off" => never_spins = true,
                _ => return Err(format!("`{option}`: write `spin=auto` or `spin=off`")),
            },
            _ => return Err(format!("there is no option `{name}`; there are `size`, `cells` and `spin`")),
        }
    }
    let default = Geometry::default();
    let (cells, size) = (cells.unwrap_or_else(|| default.cells()), size.unwrap_or_else(|| default.area() as u64));
    let geometry = Geometry::new(cells, size).map_err(|wrong| wrong.to_string())?;
    Ok(Options { geometry, never_spins })
}

/// A number of bytes, written as `65536`, `64KiB`, `1MiB` or `1GiB`.
fn bytes(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(query: &str) -> Result<Options, String> {
        parse(query)
    }

    #[test]
    fn sizes_are_written_in_bytes_and_in_their_multiples() {
        for (query, cells, area) in [
            ("", 1_024, 1 << 20),
            ("size=65536", 1_024, 64 << 10),
            ("size=64KiB&cells=16", 16, 64 << 10),
            ("cells=4096&size=4MiB", 4_096, 4 << 20),
            ("size=1GiB", 1_024, 1 << 30),
        ] {
            let geometry = Geometry::new(cells, area).unwrap();
            assert_eq!(options(query), Ok(Options { geometry, never_spins: false }), "{query}");
        }
        assert!(options("spin=off").unwrap().never_spins);
    }

    #[test]
    fn what_is_no_option_is_refused_with_what_to_write_instead() {
        for (query, why) in [
            ("size=1MB", "`size=1MB`: write for example `size=4MiB`"),
            ("size=", "`size=`: write"),
            ("size=99999999999999999999", "write for example"),
            ("size=18446744073709551615GiB", "write for example"),
            ("size=3MiB", "a size of 3145728: a power of two from 4096 to 1073741824 is possible"),
            ("cells=8", "cells of 8: a power of two from 16 to 65536 is possible"),
            ("cells=1KiB", "`cells=1KiB`: write"),
            ("spin=yes", "write `spin=auto` or `spin=off`"),
            ("speed=11", "there is no option `speed`; there are `size`, `cells` and `spin`"),
        ] {
            let error = options(query).unwrap_err();
            assert!(error.contains(why), "{query}: {error}");
        }
    }
}
