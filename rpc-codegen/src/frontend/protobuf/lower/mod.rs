//! From what the parser understood to the model.

use protox::prost_reflect::FileDescriptor;

use super::{
    check::{Checked, Sound},
    comments,
    guard::guarded,
    mistakes,
    places::Places,
};
use crate::{
    diagnostics::{Diagnostic, Severity},
    model::{Docs, File, Named},
    session::Session,
    source::Place,
};

mod enums;
mod messages;
mod names;
mod options;
mod services;
mod types;

/// The numbers of the fields `package` and `syntax` of a file.
const STATEMENTS: [i32; 2] = [12, 2];

/// Adds all files to the session.
pub(super) fn lower(checked: &Checked, session: &mut Session) {
    for sound in &checked.files {
        let Some(file) = checked.pool.get_file_by_name(&sound.path) else { continue };
        match guarded(|| lower_file(&file, sound, session)) {
            Some((file, diagnostics)) => {
                session.files.push(file);
                session.diagnostics.extend(diagnostics);
            }
            None => mistakes::parser_failed(sound.origin.place(), session),
        }
    }
}

fn lower_file(file: &FileDescriptor, sound: &Sound, session: &Session) -> (File, Vec<Diagnostic>) {
    let mut lowering = Lowering {
        places: Places::new(&sound.origin, file.file_descriptor_proto(), &session.sources),
        plain_messages: session.well_known_as_messages,
        warns: sound.asked_for,
        diagnostics: Vec::new(),
    };
    let mut items = Vec::new();
    for message in file.messages() {
        lowering.message(&message, &[], &mut items);
    }
    for declared in file.enums() {
        items.push(lowering.enumeration(&declared, &[]));
    }
    lowering.extensions(file.extensions());
    // As they stand in the file: the parser has messages and enums apart.
    items.sort_by_key(|item| item.named.place.span.start);
    let lowered = File {
        path: sound.path.clone(),
        package: names::package(file),
        asked_for: sound.asked_for,
        docs: lowering.file_docs(),
        items,
        services: file.services().map(|service| lowering.service(&service)).collect(),
    };
    let mut diagnostics = lowering.diagnostics;
    diagnostics.sort_by_key(|diagnostic| diagnostic.places.first().map(|(place, _)| place.span.start));
    (lowered, diagnostics)
}

/// What is at hand while a file is lowered.
struct Lowering<'a> {
    places: Places<'a>,
    /// Well-known types are messages as any other.
    plain_messages: bool,
    /// Says what has no meaning here. Not of files that are only imported, which may be somebody else's.
    warns: bool,
    diagnostics: Vec<Diagnostic>,
}

impl Lowering<'_> {
    fn named(&self, name: &str, path: &[i32], deprecated: bool) -> Named {
        Named {
            name: name.to_owned(),
            docs: self.places.docs(path),
            deprecated: deprecated.then(String::new),
            place: self.places.name(path),
        }
    }

    /// What the statements at the head of the file have for comments.
    fn file_docs(&self) -> Docs {
        let statements = STATEMENTS.map(|number| comments::without_licence(self.places.docs(&[number])));
        let said: Vec<Docs> = statements.into_iter().filter(|docs| !docs.is_empty()).collect();
        said.join(&String::new())
    }

    fn warn(&mut self, place: Place, message: String, help: &str) {
        if self.warns {
            let mut diagnostic = Diagnostic::new(Severity::Warning, Some(place), message);
            diagnostic.help(help);
            self.diagnostics.push(diagnostic);
        }
    }
}
