//! `.proto` files, of proto2 and proto3.
//!
//! [`sources`] finds the files and reads them, each once; [`check`] has them understood, those that are imported before
//! those that import them; [`mistakes`] turns what the parser says into diagnostics; [`lower`] fills the model.
//!
//! **Where imports are looked for**, in this order:
//!
//! 1. Google's own files, `google/protobuf/*.proto`: these are built in, unless they are asked for themselves, in whichever
//!    folder, since newer ones have a grammar that the parser does not know;
//! 2. the session's includes;
//! 3. the folders of those inputs that lie below none of these, but for folders below another such folder: with
//!    `idl/a.proto` and `idl/sub/b.proto` that is `idl`. Where two of them have the file, nothing says which it is;
//! 4. the current directory, if nothing is included.
//!
//! A file is the place where it lies, not the name that an import has for it: by whichever names it is imported, it is
//! read once.

use std::path::PathBuf;

use crate::session::Session;

mod check;
mod comments;
mod depth;
mod guard;
mod lower;
mod mistakes;
mod options;
mod places;
mod sources;
#[cfg(test)]
mod tests;
mod text;

/// Reads these files and all that they import.
pub(crate) fn load(paths: &[PathBuf], session: &mut Session) {
    let read = sources::read(paths, session);
    let checked = check::check(read, session);
    lower::lower(&checked, session);
}
