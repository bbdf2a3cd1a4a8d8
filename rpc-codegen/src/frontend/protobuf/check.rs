//! Has parsed files understood: names resolved, numbers and options checked.
//!
//! A file is looked at when all that it imports is sound, so that no mistake is said again by those that import it.

use std::collections::HashSet;

use miette::Diagnostic as _;
use protox::prost_reflect::{
    DescriptorPool,
    prost_types::{DescriptorProto, FileDescriptorProto},
};

use super::{
    guard::guarded,
    mistakes, options,
    sources::{Content, FileId, Import, Origin, Parsed},
};
use crate::{
    diagnostics::{Diagnostic, Severity},
    session::Session,
};

/// How many files a name may come through by public imports, from one to the next.
const PUBLIC_MAX: usize = 128;

/// What was understood.
#[derive(Debug)]
pub(super) struct Checked {
    /// Those that are imported before those that import them.
    pub(super) files: Vec<Sound>,
    pub(super) pool: DescriptorPool,
}

/// A file without mistakes, which the pool knows by its path.
#[derive(Debug)]
pub(super) struct Sound {
    pub(super) path: String,
    pub(super) origin: Origin,
    pub(super) asked_for: bool,
}

pub(super) fn check(mut files: Vec<Parsed>, session: &mut Session) -> Checked {
    let mut checked = Checked { files: Vec::new(), pool: DescriptorPool::new() };
    let mut sound = vec![false; files.len()];
    for id in order(&files, session) {
        if !files[id].imports.iter().all(|import| sound[import.file]) {
            continue;
        }
        let Some(Content { origin, mut descriptor }) = files[id].content.take() else { continue };
        let Some(visible) = visible(&files, id, session) else { continue };
        descriptor.dependency = visible.into_iter().map(|file| files[file].path.clone()).collect();
        descriptor.public_dependency.clear();
        sound[id] = checked.add(&descriptor, &origin, files[id].asked_for, session);
        if sound[id] {
            checked.files.push(Sound { path: files[id].path.clone(), origin, asked_for: files[id].asked_for });
        }
    }
    checked
}

impl Checked {
    /// Whether a file is sound, be it without options that cannot be read.
    fn add(
        &mut self,
        descriptor: &FileDescriptorProto,
        origin: &Origin,
        asked_for: bool,
        session: &mut Session,
    ) -> bool {
        let said = session.diagnostics.len();
        if add(descriptor.clone(), origin, &mut self.pool, session) {
            return true;
        }
        self.pool = without_mistaken(self);
        if !session.diagnostics[said..].iter().all(|mistake| options::is_wrong_value(&mistake.message)) {
            return false;
        }
        let mistakes = session.diagnostics.split_off(said);
        let is_sound = add(options::without(descriptor), origin, &mut self.pool, session);
        if !is_sound {
            self.pool = without_mistaken(self);
        } else if asked_for {
            session.diagnostics.extend(mistakes.into_iter().map(as_left_out));
        }
        is_sound
    }
}

fn as_left_out(mut mistake: Diagnostic) -> Diagnostic {
    mistake.severity = Severity::Warning;
    mistake.help("options in parentheses are left out in this file, for this cannot be read");
    mistake
}

/// The files that one sees: those that it imports, and all those that come through them. The pool alone would follow public
/// imports but one step, or every way that they lead, which may be more than can be gone.
///
/// Nothing if the way to one is too long: the pool looks at all that is behind it for each file on the way.
fn visible(files: &[Parsed], of: FileId, session: &mut Session) -> Option<Vec<FileId>> {
    let direct = &files[of].imports;
    let mut visible: Vec<FileId> = direct.iter().map(|import| import.file).collect();
    let mut known: HashSet<FileId> = visible.iter().copied().collect();
    let mut last: Vec<(FileId, &Import)> = direct.iter().map(|import| (import.file, import)).collect();
    for _ in 0..PUBLIC_MAX {
        let mut further = Vec::new();
        for (file, first) in last {
            let public = files[file].imports.iter().filter(|import| import.public);
            further.extend(public.map(|import| (import.file, first)).filter(|(file, _)| known.insert(*file)));
        }
        visible.extend(further.iter().map(|(file, _)| *file));
        last = further;
    }
    let Some((_, first)) = last.first() else { return Some(visible) };
    let message = format!("public imports lead on for more than {PUBLIC_MAX} files");
    session.error(first.place.clone(), message).help("import the files that are used, not one through the next");
    None
}

/// Whether it is sound.
fn add(mut descriptor: FileDescriptorProto, origin: &Origin, pool: &mut DescriptorPool, session: &mut Session) -> bool {
    if descriptor.syntax() != "proto3" {
        descriptor.message_type.iter_mut().for_each(keep_json_names_apart);
    }
    match (guarded(|| pool.add_file_descriptor_proto(descriptor)), origin) {
        (Some(Ok(())), _) => return true,
        (Some(Err(error)), Origin::Source(source)) => {
            let count = 1 + error.related().into_iter().flatten().count();
            let text = mistakes::looked_at(session.sources.text(*source), count);
            mistakes::report(&error.with_source_code(&text), *source, session);
        }
        (Some(Err(error)), Origin::BuiltIn(import)) => _ = session.error(import.clone(), error.to_string()),
        (None, origin) => mistakes::parser_failed(origin.place(), session),
    }
    false
}

/// In proto2 two fields may have one name in JSON, such as `a1` and `a_1`. The pool does not know that.
fn keep_json_names_apart(message: &mut DescriptorProto) {
    for field in &mut message.field {
        field.json_name.get_or_insert_with(|| field.name.clone().unwrap_or_default());
    }
    message.nested_type.iter_mut().for_each(keep_json_names_apart);
}

/// A pool that has seen nothing but what is sound: one that refused a file still knows parts of it, and fails over them.
fn without_mistaken(checked: &Checked) -> DescriptorPool {
    let mut pool = DescriptorPool::new();
    for file in &checked.files {
        let descriptor = checked.pool.get_file_by_name(&file.path).map(|file| file.file_descriptor_proto().clone());
        // It was taken before: what could be refused now has been said.
        descriptor.and_then(|descriptor| guarded(|| pool.add_file_descriptor_proto(descriptor)));
    }
    pool
}

#[derive(Clone, Copy)]
enum Visit {
    Ahead,
    Begun,
    Done,
}

/// All files, those that are imported before those that import them.
fn order(files: &[Parsed], session: &mut Session) -> Vec<FileId> {
    let mut visits = vec![Visit::Ahead; files.len()];
    let mut order = Vec::new();
    for first in 0..files.len() {
        let mut chain = match visits[first] {
            Visit::Ahead => vec![(first, 0)],
            _ => continue,
        };
        while let Some((file, next)) = chain.last_mut() {
            visits[*file] = Visit::Begun;
            let Some(import) = files[*file].imports.get(*next) else {
                visits[*file] = Visit::Done;
                order.push(*file);
                chain.pop();
                continue;
            };
            *next += 1;
            match visits[import.file] {
                Visit::Ahead => chain.push((import.file, 0)),
                Visit::Begun => circle(files, &chain, import, session),
                Visit::Done => {}
            }
        }
    }
    order
}

/// An import leads back to a file that is in the chain, whose members have come to the import before the number.
fn circle(files: &[Parsed], chain: &[(FileId, usize)], closing: &Import, session: &mut Session) {
    let begin = chain.iter().position(|(file, _)| *file == closing.file).unwrap_or(0);
    let circle = &chain[begin..];
    let names = circle.iter().map(|(file, _)| file).chain([&closing.file]);
    let names: Vec<String> = names.map(|file| format!("`{}`", files[*file].path)).collect();
    let error = session.error(closing.place.clone(), format!("imports run in a circle: {}", names.join(" -> ")));
    error.label("leads back").help("move what both sides need into a file that imports neither");
    for (file, next) in &circle[..circle.len() - 1] {
        error.also(files[*file].imports[next - 1].place.clone(), "");
    }
}
