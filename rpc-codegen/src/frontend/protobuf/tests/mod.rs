//! What the front end makes of texts.

use std::path::PathBuf;

use crate::{frontend::protobuf::load, model::File, session::Session, source::Sources};

mod corpus;
mod docs;
mod imports;
mod items;
mod mistakes;
mod services;
mod shown;
mod text;

/// A session of these texts, with the first of them asked for.
fn session(texts: &[(&str, &str)]) -> Session {
    session_of(texts, &[texts[0].0], |_| {})
}

/// A session of these texts and inputs.
fn session_of(texts: &[(&str, &str)], inputs: &[&str], prepare: impl FnOnce(&mut Session)) -> Session {
    let texts = texts.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
    let mut session = Session { sources: Sources::of_texts(texts), ..Session::default() };
    prepare(&mut session);
    load(&inputs.iter().map(PathBuf::from).collect::<Vec<_>>(), &mut session);
    session
}

/// The only file of a session with nothing to say.
fn file(text: &str) -> File {
    let mut session = session(&[("a.proto", text)]);
    assert_eq!(said(&session), "");
    session.files.pop().expect("it is lowered")
}

/// All that was said, as it is shown.
fn said(session: &Session) -> String {
    let said: Vec<String> =
        session.diagnostics.iter().map(|diagnostic| diagnostic.render(&session.sources, false)).collect();
    said.join("\n\n")
}
