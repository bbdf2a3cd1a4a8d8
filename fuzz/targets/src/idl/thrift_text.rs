//! Writes `.thrift` files.

use super::choosing::{Names, several};
use crate::choices::Choices;

/// What was written so far.
#[derive(Default)]
struct Writer {
    text: String,
    names: Names,
    types: Names,
    exceptions: Names,
    services: Names,
}

/// A file, which may include another.
pub(super) fn file(choices: &mut Choices<'_>, other: Option<&str>) -> String {
    let mut writer = Writer::default();
    if let Some(other) = other.filter(|_| choices.below(4) > 0) {
        writer.text += &format!("include \"{other}\"\n");
    }
    let mut packages = Names::default();
    match choices.below(4) {
        0 => writer.text += &format!("namespace rs a.{}\n", packages.fresh(choices)),
        1 => writer.text += &format!("namespace * {}\n", packages.fresh(choices)),
        _ => {}
    }
    several(choices, 8, |choices, _| writer.definition(choices));
    writer.text
}

impl Writer {
    fn definition(&mut self, choices: &mut Choices<'_>) {
        let name = self.names.fresh(choices);
        match choices.below(8) {
            0 => {
                let (ty, value) = self.value(choices, 2);
                self.text += &format!("const {ty} {name} = {value}\n");
            }
            1 => {
                self.text += &format!("typedef {} {name}\n", self.ty(choices, 2));
                self.types.push(name);
            }
            2 => {
                let (mut names, mut values) = (Names::default(), String::new());
                several(choices, 5, |choices, _| values += &enum_value(choices, &mut names));
                self.text += &format!("enum {name} {{ {values} }}\n");
                self.types.push(name);
            }
            3 => self.service(choices, name),
            4 => self.with_fields(choices, "union", name),
            5 => {
                self.with_fields(choices, "exception", name);
                self.exceptions.push(name);
            }
            _ => self.with_fields(choices, "struct", name),
        }
    }

    fn with_fields(&mut self, choices: &mut Choices<'_>, kind: &str, name: &'static str) {
        // Known to its own fields, too.
        self.types.push(name);
        let fields = self.fields(choices, kind != "union");
        self.text += &format!("/** {name}\n *     is one\n ```\n */\n{kind} {name} {{ {fields} }}\n");
    }

    fn service(&mut self, choices: &mut Choices<'_>, name: &'static str) {
        let (mut names, mut functions) = (Names::default(), String::new());
        several(choices, 4, |choices, _| {
            let name = names.fresh(choices);
            functions += &self.function(choices, name);
        });
        let base = self.services.known(choices).filter(|_| choices.below(4) == 0);
        let extends = base.map_or(String::new(), |base| format!("extends {base}"));
        self.text += &format!("service {name} {extends} {{ {functions} }}\n");
        self.services.push(name);
    }

    fn function(&self, choices: &mut Choices<'_>, name: &str) -> String {
        let arguments = self.fields(choices, true);
        if choices.below(5) == 0 {
            return format!("oneway void {name}({arguments}); ");
        }
        let reply = if choices.below(3) == 0 { "void".to_owned() } else { self.ty(choices, 2) };
        let (mut names, mut throws) = (Names::default(), String::new());
        several(choices, 3, |choices, number| {
            if let Some(exception) = self.exceptions.known(choices) {
                throws += &format!("{}: {exception} {}, ", number + 1, names.fresh(choices));
            }
        });
        let throws = if throws.is_empty() { throws } else { format!("throws ({throws})") };
        format!("{reply} {name}({arguments}) {throws}; ")
    }

    fn fields(&self, choices: &mut Choices<'_>, presence: bool) -> String {
        let (mut names, mut text) = (Names::default(), String::new());
        several(choices, 5, |choices, number| {
            let presence = if presence { choices.one_of(["", "", "required ", "optional "]) } else { "" };
            let boxed = choices.one_of(["", "", "", "& "]);
            let (ty, value) = self.value(choices, 2);
            let default = if choices.below(4) == 0 { format!(" = {value}") } else { String::new() };
            let ty = if default.is_empty() { self.ty(choices, 2) } else { ty };
            text += &format!("{}: {presence}{ty} {boxed}{}{default}, ", number + 1, names.fresh(choices));
        });
        text
    }

    fn ty(&self, choices: &mut Choices<'_>, depth: usize) -> String {
        const SCALARS: [&str; 9] = ["bool", "byte", "i16", "i32", "i64", "double", "string", "binary", "uuid"];
        match choices.below(if depth == 0 { 3 } else { 6 }) {
            0 => choices.one_of(SCALARS).to_owned(),
            1 | 2 => self.types.known(choices).unwrap_or("i32").to_owned(),
            3 => format!("list<{}>", self.ty(choices, depth - 1)),
            4 => format!("set<{}>", self.ty(choices, depth - 1)),
            _ => format!("map<{}, {}>", self.ty(choices, depth - 1), self.ty(choices, depth - 1)),
        }
    }

    /// A type, and a value of it.
    fn value(&self, choices: &mut Choices<'_>, depth: usize) -> (String, String) {
        match choices.below(if depth == 0 { 5 } else { 8 }) {
            0 => ("i32".into(), choices.below(200).to_string()),
            1 => ("double".into(), format!("-{}.5e{}", choices.below(10), choices.below(20))),
            2 => ("string".into(), choices.one_of(["\"\"", "'a\\n\"b'", "\"{braces}\""]).into()),
            3 => ("bool".into(), choices.one_of(["true", "false", "1"]).into()),
            4 => ("binary".into(), "\"bytes\"".into()),
            kind => {
                let (ty, value) = self.value(choices, depth - 1);
                match kind {
                    5 => (format!("list<{ty}>"), format!("[{value}, {value}]")),
                    6 => (format!("set<{ty}>"), format!("[{value}]")),
                    _ => (format!("map<{ty}, string>"), format!("{{{value}: \"of it\"}}")),
                }
            }
        }
    }
}

fn enum_value(choices: &mut Choices<'_>, names: &mut Names) -> String {
    let name = names.fresh(choices);
    match choices.below(3) {
        0 => format!("{name} = {}, ", choices.below(5)),
        1 => format!("{name} = -{}, ", choices.below(5)),
        _ => format!("{name}; "),
    }
}
