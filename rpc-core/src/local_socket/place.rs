//! What stands behind `unix://` and `shm://`: a path, or (on Linux) an abstract name. Knows how they are written, and no
//! file.

use std::{io, path::PathBuf};

use crate::address::Address;

/// The longest path that fits into a socket's address with the 0 at its end, and the longest abstract name with the 0
/// at its beginning, in bytes.
pub(super) const LONGEST: usize = if cfg!(any(target_os = "linux", target_os = "android")) { 107 } else { 103 };

#[derive(Debug)]
pub(super) enum Place {
    /// Absolute, and its last part is a name.
    Path(String),
    Abstract(String),
}

impl Place {
    /// What `rest`, a part of an address, says.
    pub(super) fn of(address: &Address, rest: &str) -> io::Result<Self> {
        let invalid = |why: &str| address.invalid(why);
        let place = match rest.split_at_checked(1) {
            Some(("/", _)) => Self::path(rest).map_err(invalid)?,
            Some(("@", "")) => return Err(invalid("an abstract name is missing behind the `@`")),
            Some(("@", _)) if !cfg!(any(target_os = "linux", target_os = "android")) => {
                return Err(invalid("abstract names exist on Linux only"));
            }
            Some(("@", name)) => Self::Abstract(name.to_owned()),
            _ => {
                let scheme = address.scheme();
                return Err(invalid(&format!("write `{scheme}:///absolute/path` or `{scheme}://@name`")));
            }
        };
        let (what, len) = match &place {
            Self::Path(path) => ("path", path.len()),
            Self::Abstract(name) => ("name", name.len()),
        };
        if len > LONGEST {
            return Err(invalid(&format!("the {what} has {len} bytes, and a socket's has at most {LONGEST}")));
        }
        Ok(place)
    }

    fn path(path: &str) -> Result<Self, &'static str> {
        if path.rsplit('/').next().is_none_or(|name| ["", ".", ".."].contains(&name)) {
            return Err("the path must end in the name of a socket");
        }
        if path.contains('\0') {
            return Err("there is a 0 in the path");
        }
        Ok(Self::Path(path.to_owned()))
    }

    /// As `bind` and `connect` want it.
    pub(super) fn name(&self) -> PathBuf {
        match self {
            Self::Path(path) => path.into(),
            Self::Abstract(name) => format!("\0{name}").into(),
        }
    }
}
