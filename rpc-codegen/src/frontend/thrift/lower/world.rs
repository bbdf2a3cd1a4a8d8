//! Everything that the files define, by its name: packages, definitions, and what is within these.

use std::collections::HashMap;

use crate::{
    frontend::thrift::{
        ast::{Definition, DefinitionKind, EnumValue, Field, Head, Span, StructKind, ValueKind},
        load::{Unit, stem},
        names::nearest,
        report::Report,
    },
    model::Presence,
    source::Place,
};

/// Letters of a package's name: every full name begins with it.
const PACKAGE_MAX: usize = 255;
/// Definitions of a circle that are shown.
const CIRCLE_SHOWN_MAX: usize = 8;

/// A definition: its file, and its index there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct DefinitionId {
    pub(super) file: usize,
    pub(super) index: usize,
}

/// All files.
#[derive(Debug)]
pub(super) struct World<'a> {
    pub(super) units: &'a [Unit],
    pub(super) packages: Vec<Vec<String>>,
    /// Of each file.
    names: Vec<Names<'a>>,
    members: HashMap<DefinitionId, Members<'a>>,
}

/// What a file defines. Constants have names of their own: a type or a service may be called the same.
#[derive(Debug)]
struct Names<'a> {
    others: HashMap<&'a str, usize>,
    constants: HashMap<&'a str, usize>,
}

/// Which names are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    Constants,
    /// Types and services.
    Others,
}

impl<'a> Names<'a> {
    fn new(definitions: &'a [Definition], report: &mut Report) -> Self {
        let mut of = |space: Space| {
            let heads = definitions.iter().enumerate().filter(|(_, definition)| Space::of(definition) == space);
            unique(heads.map(|(index, definition)| (index, &definition.head)), report)
        };
        Self { others: of(Space::Others), constants: of(Space::Constants) }
    }

    fn get(&self, space: Space, name: &str) -> Option<usize> {
        let names = if space == Space::Constants { &self.constants } else { &self.others };
        names.get(name).copied()
    }

    fn keys(&self) -> impl Iterator<Item = &'a str> {
        self.others.keys().chain(self.constants.keys()).copied()
    }

    fn has(&self, name: &str) -> bool {
        self.others.contains_key(name) || self.constants.contains_key(name)
    }
}

impl Space {
    fn of(definition: &Definition) -> Self {
        if matches!(definition.kind, DefinitionKind::Constant(..)) { Self::Constants } else { Self::Others }
    }
}

/// What is within a struct or an enum, by its name.
#[derive(Debug, Default)]
pub(super) struct Members<'a> {
    pub(super) by_name: HashMap<&'a str, usize>,
    /// The values of an enum; nothing for one that fits in no `i32`.
    pub(super) numbers: Vec<Option<i32>>,
    pub(super) by_number: HashMap<i32, usize>,
    /// Whether any field has a default that may need other definitions.
    pub(super) has_made_defaults: bool,
}

impl<'a> World<'a> {
    pub(super) fn new(units: &'a [Unit], reports: &mut [Report]) -> Self {
        let packages = units.iter().zip(&mut *reports).map(|(unit, report)| package(unit, report)).collect();
        let mut world = Self { units, packages, names: Vec::new(), members: HashMap::new() };
        for (file, report) in reports.iter_mut().enumerate() {
            let definitions = &units[file].document.definitions;
            world.names.push(Names::new(definitions, report));
            for (index, definition) in definitions.iter().enumerate() {
                world.members.insert(DefinitionId { file, index }, members(definition));
            }
        }
        world.tell_files_apart(reports);
        world
    }

    /// Several files may be of one package, but must not define the same in it.
    fn tell_files_apart(&self, reports: &mut [Report]) {
        let mut known = HashMap::new();
        for (file, report) in reports.iter_mut().enumerate() {
            let names = &self.names[file];
            let mut own: Vec<usize> = names.others.values().chain(names.constants.values()).copied().collect();
            own.sort_unstable();
            for id in own.into_iter().map(|index| DefinitionId { file, index }) {
                let full_name = self.full_name(id);
                if let Some(first) = known.get(&full_name) {
                    let help = "write another package in one of the files: `namespace rs a.b`";
                    let message = format!("`{}` is defined in two files", self.written_name(id));
                    let diagnostic = report.error(&self.definition(id).head.name.span, message);
                    diagnostic.label("again here").also(self.place(*first), "first here").help(help);
                } else {
                    known.insert(full_name, id);
                }
            }
        }
    }

    pub(super) fn definition(&self, id: DefinitionId) -> &'a Definition {
        &self.units[id.file].document.definitions[id.index]
    }

    pub(super) fn name(&self, id: DefinitionId) -> &'a str {
        &self.definition(id).head.name.text
    }

    /// `package.Name`; of a constant one that no type can have.
    pub(super) fn full_name(&self, id: DefinitionId) -> String {
        match Space::of(self.definition(id)) {
            Space::Constants => format!("{} const", self.written_name(id)),
            Space::Others => self.written_name(id),
        }
    }

    fn written_name(&self, id: DefinitionId) -> String {
        format!("{}.{}", self.packages[id.file].join("."), self.name(id))
    }

    /// Where its name stands.
    pub(super) fn place(&self, id: DefinitionId) -> Place {
        Place { source: self.units[id.file].source, span: self.definition(id).head.name.span.clone() }
    }

    pub(super) fn members(&self, id: DefinitionId) -> &Members<'a> {
        &self.members[&id]
    }

    pub(super) fn all(&self) -> impl Iterator<Item = DefinitionId> + use<'a> {
        let units = self.units.iter().enumerate();
        units.flat_map(|(file, unit)| {
            (0..unit.document.definitions.len()).map(move |index| DefinitionId { file, index })
        })
    }

    /// The type or the service that a name means in a file.
    pub(super) fn find(&self, file: usize, name: &str) -> Option<DefinitionId> {
        self.meant(Space::Others, file, name).next()
    }

    pub(super) fn find_constant(&self, file: usize, name: &str) -> Option<DefinitionId> {
        self.meant(Space::Constants, file, name).next()
    }

    /// What a name may mean: `Name`, or `other.Name` for what `include "other.thrift"` defines.
    fn meant(&self, space: Space, file: usize, name: &str) -> impl Iterator<Item = DefinitionId> {
        let own = self.names[file].get(space, name).map(|index| DefinitionId { file, index });
        let (stem, rest) = name.rsplit_once('.').unwrap_or_default();
        let files = self.units[file].includes.get(stem).map_or(&[][..], Vec::as_slice);
        let included = files
            .iter()
            .filter_map(move |file| Some(DefinitionId { file: *file, index: self.names[*file].get(space, rest)? }));
        own.into_iter().chain(included)
    }

    /// Says of a name that it may mean what either of two files defines.
    pub(super) fn check_meaning(&self, space: Space, file: usize, name: &str, span: &Span, report: &mut Report) {
        let mut meant = self.meant(space, file, name);
        let (Some(first), Some(second)) = (meant.next(), meant.next()) else { return };
        let [a, b] = [first, second].map(|id| self.units[id.file].path.display());
        let message = format!("`{name}` may be that of `{a}` or that of `{b}`");
        let diagnostic = report.error(span, message);
        diagnostic.also(self.place(first), "defined here").also(self.place(second), "and here");
        diagnostic.help("give one of the files another name, or include only one of them here");
    }

    /// Says of a circle that its first definition is `wrong`; each is what the one before `links`: "extends".
    pub(super) fn report_circle(&self, circle: &[DefinitionId], wrong: &str, links: &str, reports: &mut [Report]) {
        let first = circle[0];
        let message = wrong.replace("{}", self.name(first));
        let diagnostic = reports[first.file].error(&self.definition(first).head.name.span, message);
        for pair in circle.windows(2).take(CIRCLE_SHOWN_MAX) {
            diagnostic.also(self.place(pair[1]), format!("which `{}` {links}", self.name(pair[0])));
        }
        let last = self.name(circle[circle.len() - 1]);
        if circle.len() == 1 {
            diagnostic.help(format!("let `{last}` not depend on itself"));
        } else {
            let help = format!("let `{last}` not depend on `{}`", self.name(first));
            diagnostic.label(format!("which `{last}` {links}")).help(help);
        }
    }

    /// What to do about a name that is not known.
    pub(super) fn advice(&self, file: usize, name: &str) -> String {
        let includes = &self.units[file].includes;
        let Some((stem, rest)) = name.rsplit_once('.') else {
            let near = nearest(name, self.names[file].keys()).map(|near| format!("did you mean `{near}`?"));
            let defines = |files: &[usize]| files.iter().any(|file| self.names[*file].has(name));
            let other = || includes.iter().find(|(_, files)| defines(files)).map(|(stem, _)| stem);
            let elsewhere = || other().map(|stem| format!("it is in `{stem}.thrift`: write `{stem}.{name}`"));
            let unknown = "define it in this file, or include the file that does and write `file.Name`";
            return elsewhere().or(near).unwrap_or_else(|| unknown.to_owned());
        };
        let Some(files) = includes.get(stem) else {
            if let Some(index) = self.names[file].get(Space::Others, stem) {
                let what = what(self.definition(DefinitionId { file, index }));
                return format!("`{stem}` is {what} of this file, not an include");
            }
            return match nearest(stem, includes.keys().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}.{rest}`?"),
                None => format!("nothing is included as `{stem}`: write `include \"{stem}.thrift\"`"),
            };
        };
        match nearest(rest, files.iter().flat_map(|file| self.names[*file].keys())) {
            Some(near) => format!("did you mean `{stem}.{near}`?"),
            None => format!("`{stem}.thrift` does not define it"),
        }
    }
}

/// What is defined, in words.
fn what(definition: &Definition) -> &'static str {
    match definition.kind {
        DefinitionKind::Constant(..) => "a constant",
        DefinitionKind::Typedef(_) => "a typedef",
        DefinitionKind::Enum(_) => "an enum",
        DefinitionKind::Struct(StructKind::Struct, _) => "a struct",
        DefinitionKind::Struct(StructKind::Union, _) => "a union",
        DefinitionKind::Struct(StructKind::Exception, _) => "an exception",
        DefinitionKind::Service(_) => "a service",
    }
}

/// The index that is given with each name; says which are declared twice.
pub(super) fn unique<'a>(
    heads: impl IntoIterator<Item = (usize, &'a Head)>,
    report: &mut Report,
) -> HashMap<&'a str, usize> {
    let mut known: HashMap<&str, (usize, &Head)> = HashMap::new();
    for (index, head) in heads {
        if let Some((_, first)) = known.get(&*head.name.text) {
            let place = report.place(&first.name.span);
            let diagnostic = report.error(&head.name.span, format!("`{}` is declared twice", head.name.text));
            diagnostic.label("again here").also(place, "first here").help("give one of them another name");
        } else {
            known.insert(&head.name.text, (index, head));
        }
    }
    known.into_iter().map(|(name, (index, _))| (name, index)).collect()
}

fn members(definition: &Definition) -> Members<'_> {
    match &definition.kind {
        DefinitionKind::Enum(values) => {
            let numbers = numbers(values);
            let mut by_number = HashMap::new();
            for (index, number) in numbers.iter().enumerate() {
                number.map(|number| by_number.entry(number).or_insert(index));
            }
            let by_name = indexes(values.iter().map(|value| &value.head));
            Members { by_name, numbers, by_number, has_made_defaults: false }
        }
        DefinitionKind::Struct(kind, fields) => {
            let by_name = indexes(fields.iter().map(|field| &field.head));
            let has_made_defaults = *kind != StructKind::Union && fields.iter().any(has_made_default);
            Members { by_name, has_made_defaults, ..Members::default() }
        }
        _ => Members::default(),
    }
}

/// Whether it has a default that may need other definitions. That of an optional field is made when it is asked for, not
/// with the struct.
fn has_made_default(field: &Field) -> bool {
    let kind = field.default.as_ref().map(|value| &value.kind);
    let is_made = matches!(kind, Some(ValueKind::List(_) | ValueKind::Map(_) | ValueKind::Named(_)));
    is_made && field.presence != Presence::Optional
}

fn indexes<'a>(heads: impl Iterator<Item = &'a Head>) -> HashMap<&'a str, usize> {
    let mut known = HashMap::new();
    for (index, head) in heads.enumerate() {
        known.entry(&*head.name.text).or_insert(index);
    }
    known
}

/// One that has no number has that of the one before, and one more.
fn numbers(values: &[EnumValue]) -> Vec<Option<i32>> {
    let mut last = -1_i64;
    let next = |value: &EnumValue| {
        last = value.number.as_ref().map_or_else(|| last.saturating_add(1), |number| number.value);
        i32::try_from(last).ok()
    };
    values.iter().map(next).collect()
}

/// What the file says, for Rust or for all; else the file's name.
fn package(unit: &Unit, report: &mut Report) -> Vec<String> {
    let of_scope = |scope: &str| unit.document.namespaces.iter().rfind(|(found, _)| found.text == scope);
    if let Some((_, name)) = of_scope("rs").or_else(|| of_scope("*")) {
        let parts: Vec<String> = name.text.split('.').map(str::to_owned).collect();
        if let Some(part) = parts.iter().find(|part| !is_identifier(part)) {
            let message = format!("`{part}` cannot be a part of a package's name");
            let help = "write names of letters, digits and `_` with dots between them: `namespace rs a.b`";
            report.error(&name.span, message).help(help);
        }
        if name.text.len() > PACKAGE_MAX {
            let message = format!("the name of a package has more than {PACKAGE_MAX} letters");
            report.error(&name.span, message).help("write a shorter one");
        }
        return parts;
    }
    let stem = stem(&unit.path);
    let mut part: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if !is_identifier(&part) {
        part.insert(0, '_');
    }
    vec![part]
}

fn is_identifier(part: &str) -> bool {
    let begins = part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins && part != "_" && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
