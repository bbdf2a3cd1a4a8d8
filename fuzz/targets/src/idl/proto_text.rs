//! Writes `.proto` files.

use super::choosing::{Names, several};
use crate::choices::Choices;

/// What was written so far.
struct Writer {
    text: String,
    syntax: &'static str,
    names: Names,
    messages: Names,
    types: Names,
    /// Numbers of fields, and parts of names that have to be told apart in the whole file.
    number: usize,
}

/// A file, which may import another.
pub(super) fn file(choices: &mut Choices<'_>, other: Option<&str>) -> String {
    let syntax = choices.one_of(["proto2", "proto3"]);
    let mut packages = Names::default();
    let mut text = format!("syntax = \"{syntax}\";\n");
    if choices.below(4) > 0 {
        text += &format!("package a.{};\n", packages.fresh(choices));
    }
    if let Some(other) = other.filter(|_| choices.below(4) > 0) {
        text += &format!("import \"{other}\";\n");
    }
    text += "import \"google/protobuf/wrappers.proto\";\nimport \"google/protobuf/empty.proto\";\n";
    let [names, messages, types] = std::array::from_fn(|_| Names::default());
    let mut writer = Writer { text, syntax, names, messages, types, number: 0 };
    several(choices, 6, |choices, _| writer.definition(choices));
    writer.text
}

impl Writer {
    fn definition(&mut self, choices: &mut Choices<'_>) {
        let name = self.names.fresh(choices);
        match choices.below(4) {
            0 => {
                let text = self.an_enum(choices, name);
                self.text += &text;
                self.types.push(name);
            }
            1 => self.service(choices, name),
            _ => {
                // Known to its own fields, too.
                self.types.push(name);
                self.messages.push(name);
                let members = self.members(choices, 2);
                self.text += &format!("// {name}\n//     one\n// ```\nmessage {name} {{ {members} }}\n");
            }
        }
    }

    /// The names of an enum's values are in the place that the enum is in.
    fn an_enum(&mut self, choices: &mut Choices<'_>, name: &str) -> String {
        self.number += 1;
        let prefix = choices.one_of(["", "E", "e_"]);
        let number = self.number;
        let mut names = Names::default();
        let mut values = format!("{prefix}{name}_{number}_zero = 0; ");
        several(choices, 4, |choices, value| {
            values += &format!("{prefix}{name}_{number}_{} = {}; ", names.fresh(choices), value + 1);
        });
        format!("enum {name} {{ {values} }}\n")
    }

    fn service(&mut self, choices: &mut Choices<'_>, name: &str) {
        let (mut names, mut methods) = (Names::default(), String::new());
        several(choices, 4, |choices, _| {
            let [takes, gives] = std::array::from_fn(|_| choices.one_of(["", "stream "]));
            let [request, reply] = std::array::from_fn(|_| self.message(choices));
            methods += &format!("rpc {}({takes}{request}) returns ({gives}{reply}); ", names.fresh(choices));
        });
        self.text += &format!("service {name} {{ {methods} }}\n");
    }

    fn members(&mut self, choices: &mut Choices<'_>, depth: usize) -> String {
        let (mut names, mut text) = (Names::default(), String::new());
        several(choices, 6, |choices, _| text += &self.member(choices, &mut names, depth));
        text
    }

    fn member(&mut self, choices: &mut Choices<'_>, names: &mut Names, depth: usize) -> String {
        let name = names.fresh(choices);
        self.number += 2;
        let number = self.number;
        let label = match self.syntax {
            "proto2" => choices.one_of(["optional", "required", "repeated"]),
            _ => choices.one_of(["", "optional", "repeated"]),
        };
        match choices.below(7) {
            0 => {
                let [first, second] = std::array::from_fn(|_| self.ty(choices));
                let [a, b] = std::array::from_fn(|_| names.fresh(choices));
                format!("oneof {name} {{ {first} {a} = {number}; {second} {b} = {}; }} ", number + 1)
            }
            1 => format!(
                "map<{}, {}> {name} = {number}; ",
                choices.one_of(["string", "sint32", "bool"]),
                self.ty(choices)
            ),
            2 if depth > 0 => format!("message {name} {{ {} }} ", self.members(choices, depth - 1)),
            3 => self.an_enum(choices, name),
            _ => format!("{label} {} {name} = {number}; ", self.ty(choices)),
        }
    }

    fn message(&self, choices: &mut Choices<'_>) -> &'static str {
        match choices.below(3) {
            0 => "google.protobuf.Empty",
            _ => self.messages.known(choices).unwrap_or("google.protobuf.StringValue"),
        }
    }

    fn ty(&self, choices: &mut Choices<'_>) -> &'static str {
        const TYPES: [&str; 10] = [
            "int32",
            "sint64",
            "fixed32",
            "uint64",
            "double",
            "bool",
            "string",
            "bytes",
            "google.protobuf.StringValue",
            "google.protobuf.Empty",
        ];
        match choices.below(2) {
            0 => choices.one_of(TYPES),
            _ => self.types.known(choices).unwrap_or("int32"),
        }
    }
}
