//! Values, each by the type of the place where it stands.

use std::{collections::HashMap, fmt::Write, ops::Range};

use super::{
    Scope,
    order::order,
    types::{Shape, TypeId},
    world::{DefinitionId, Space, World},
};
use crate::{
    frontend::thrift::{
        ast::{DefinitionKind, EnumValue, Field, StructKind, Value, ValueKind},
        names::nearest,
        report::Report,
    },
    model::Literal,
};

/// How many constants may stand for each other until one has a value of its own.
const CHAIN_MAX: usize = 64;
/// The bytes of a `uuid`.
const UUID_LEN: usize = 16;

/// What a name stands for.
enum Meaning<'a> {
    Constant(DefinitionId),
    EnumValue(DefinitionId, &'a EnumValue, Option<i32>),
}

impl<'a> Scope<'_, 'a> {
    /// A value of this type; nothing if it is none, which is said.
    pub(super) fn literal(&mut self, value: &'a Value, ty: TypeId) -> Option<Literal> {
        match (&value.kind, self.types.shape(ty)) {
            (ValueKind::Named(name), _) => self.named_value(name, &value.span, ty),
            (ValueKind::List(values), Shape::List(element)) => Some(Literal::List(self.literals(values, element)?)),
            (ValueKind::List(values), Shape::Set(element)) => Some(Literal::Set(self.literals(values, element)?)),
            (ValueKind::Map(entries), Shape::Map(key, element)) => {
                let mut literals = Vec::new();
                for (a, b) in entries {
                    let (a, b) = (self.literal(a, key), self.literal(b, element));
                    literals.push((a?, b?));
                }
                Some(Literal::Map(literals))
            }
            // Thrift lets an empty list or set be written as an empty map.
            (ValueKind::Map(entries), Shape::List(_)) if entries.is_empty() => Some(Literal::List(Vec::new())),
            (ValueKind::Map(entries), Shape::Set(_)) if entries.is_empty() => Some(Literal::Set(Vec::new())),
            (ValueKind::Map(entries), Shape::Item(id)) => match &self.world.definition(id).kind {
                DefinitionKind::Struct(kind, fields) => self.struct_value(id, *kind, fields, entries, &value.span),
                _ => self.mismatch(&value.kind, &value.span, ty),
            },
            _ => self.scalar(&value.kind, &value.span, ty),
        }
    }

    /// Notes that the value which is being lowered needs that of another definition, be it its defaults.
    fn needs(&mut self, id: DefinitionId) {
        if !self.on_demand {
            self.uses.entry(self.user).or_default().push(id);
        }
    }

    fn literals(&mut self, values: &'a [Value], ty: TypeId) -> Option<Vec<Literal>> {
        values.iter().map(|value| self.literal(value, ty)).collect()
    }

    /// A number, a text, `true` or `false`.
    fn scalar(&mut self, kind: &ValueKind, span: &Range<usize>, ty: TypeId) -> Option<Literal> {
        let shape = self.types.shape(ty);
        match (kind, shape) {
            (ValueKind::Bool(bool), Shape::Bool) => Some(Literal::Bool(*bool)),
            // As in Thrift, where `true` is another way to write 1.
            (ValueKind::Int(int), Shape::Bool) => Some(Literal::Bool(*int != 0)),
            (ValueKind::Bool(bool), Shape::I8 | Shape::I16 | Shape::I32 | Shape::I64) => {
                Some(Literal::Int((*bool).into()))
            }
            (ValueKind::Int(int), Shape::I8) => self.int(*int, i8::MIN.into(), i8::MAX.into(), span, ty),
            (ValueKind::Int(int), Shape::I16) => self.int(*int, i16::MIN.into(), i16::MAX.into(), span, ty),
            (ValueKind::Int(int), Shape::I32) => self.int(*int, i32::MIN.into(), i32::MAX.into(), span, ty),
            (ValueKind::Int(int), Shape::I64) => self.int(*int, i64::MIN, i64::MAX, span, ty),
            (ValueKind::Int(int), Shape::F64) => Some(Literal::Float(*int as f64)),
            (ValueKind::Float(float), Shape::F64) => Some(Literal::Float(*float)),
            (ValueKind::Text(text), Shape::String) => Some(Literal::String(text.clone())),
            (ValueKind::Text(text), Shape::Bytes) => Some(Literal::Bytes(text.clone().into_bytes())),
            (ValueKind::Text(text), Shape::Uuid) => {
                let bytes = uuid(text);
                if bytes.is_none() {
                    let help = "write 32 hexadecimal digits: `\"00112233-4455-6677-8899-aabbccddeeff\"`";
                    self.report.error(span, "this text is no `uuid`").help(help);
                }
                bytes.map(Literal::Bytes)
            }
            (ValueKind::Int(int), Shape::Item(id)) if self.is_enum(id) => self.enum_number(*int, id, span, ty),
            _ => self.mismatch(kind, span, ty),
        }
    }

    fn int(&mut self, int: i64, min: i64, max: i64, span: &Range<usize>, ty: TypeId) -> Option<Literal> {
        if (min..=max).contains(&int) {
            return Some(Literal::Int(int.into()));
        }
        let message = format!("{int} does not fit in `{}`", self.types.describe(self.world, ty));
        self.report.error(span, message).help(format!("write a number from {min} to {max}"));
        None
    }

    fn is_enum(&self, id: DefinitionId) -> bool {
        matches!(self.world.definition(id).kind, DefinitionKind::Enum(_))
    }

    fn enum_number(&mut self, int: i64, id: DefinitionId, span: &Range<usize>, ty: TypeId) -> Option<Literal> {
        let Some(Literal::Int(_)) = self.int(int, i32::MIN.into(), i32::MAX.into(), span, ty) else { return None };
        let number = i32::try_from(int).ok()?;
        let full_name = self.world.full_name(id);
        let DefinitionKind::Enum(values) = &self.world.definition(id).kind else { return None };
        if let Some(index) = self.world.members(id).by_number.get(&number) {
            return Some(Literal::EnumValue(full_name, values[*index].head.name.text.clone()));
        }
        let name = self.world.name(id);
        let place = self.world.place(id);
        let diagnostic = self.report.warn(span, format!("`{name}` has no value with the number {number}"));
        diagnostic.also(place, "defined here").help(format!("write one of its values: `{name}.NAME`"));
        Some(Literal::EnumNumber(full_name, number))
    }

    fn mismatch(&mut self, kind: &ValueKind, span: &Range<usize>, ty: TypeId) -> Option<Literal> {
        let shape = self.types.shape(ty);
        let expected = self.types.describe(self.world, ty);
        let message = format!("expected a value of `{expected}`, found {}", describe(kind));
        let help = match shape {
            Shape::Bool => "write `true` or `false`".to_owned(),
            Shape::I8 | Shape::I16 | Shape::I32 | Shape::I64 => "write a whole number".to_owned(),
            Shape::F64 => "write a number".to_owned(),
            Shape::String | Shape::Bytes | Shape::Uuid => "write a text in quotation marks".to_owned(),
            Shape::List(_) | Shape::Set(_) => "write values in brackets: `[a, b]`".to_owned(),
            Shape::Map(..) => "write keys and values in braces: `{a: b}`".to_owned(),
            Shape::Item(id) if self.is_enum(id) => format!("write one of its values: `{expected}.NAME`"),
            Shape::Item(_) => "write the names and the values of its fields: `{\"name\": value}`".to_owned(),
        };
        self.report.error(span, message).help(help);
        None
    }

    fn struct_value(
        &mut self,
        id: DefinitionId,
        kind: StructKind,
        fields: &'a [Field],
        entries: &'a [(Value, Value)],
        span: &Range<usize>,
    ) -> Option<Literal> {
        let mut given: HashMap<&str, &Range<usize>> = HashMap::new();
        let mut literals = Vec::new();
        for (key, value) in entries {
            let Some(field) = self.field_of(id, fields, key) else { continue };
            if let Some(first) = given.insert(&field.head.name.text, &key.span) {
                let place = self.report.place(first);
                let message = format!("`{}` is given twice", field.head.name.text);
                self.report.error(&key.span, message).also(place, "first here").help("leave one of them out");
            }
            let ty = self.types.id(self.world, id.file, &field.ty);
            if let Some(literal) = ty.and_then(|ty| self.literal(value, ty)) {
                literals.push((field.head.name.text.clone(), literal));
            }
        }
        let whole = literals.len() == entries.len();
        // What is left out is taken from the defaults of all, which are made together.
        if given.len() < fields.len() && self.world.members(id).has_made_defaults {
            self.needs(id);
        }
        if kind != StructKind::Union {
            return whole.then_some(Literal::Message(literals));
        }
        if entries.len() != 1 {
            let message =
                format!("a value of the union `{}` has one field, found {}", self.world.name(id), entries.len());
            self.report.error(span, message).help("write one field and its value: `{\"name\": value}`");
            return None;
        }
        let (name, literal) = literals.pop()?;
        Some(Literal::Choice(name, Box::new(literal)))
    }

    /// The field that a key names.
    fn field_of(&mut self, id: DefinitionId, fields: &'a [Field], key: &Value) -> Option<&'a Field> {
        let owner = self.world.name(id);
        let ValueKind::Text(name) = &key.kind else {
            let message = format!("expected the name of a field of `{owner}`, found {}", describe(&key.kind));
            self.report.error(&key.span, message).help("write it in quotation marks: `{\"name\": value}`");
            return None;
        };
        let members = self.world.members(id);
        let Some(index) = members.by_name.get(&**name) else {
            let near = if self.report.is_full() { None } else { nearest(name, members.by_name.keys().copied()) };
            let place = self.world.place(id);
            let diagnostic = self.report.error(&key.span, format!("`{owner}` has no field `{name}`"));
            let unknown = || "write the name of one of its fields".to_owned();
            let help = near.map_or_else(unknown, |near| format!("did you mean `{near}`?"));
            diagnostic.also(place, "defined here").help(help);
            return None;
        };
        Some(&fields[*index])
    }

    /// A value of an enum, or that of a constant.
    fn named_value(&mut self, name: &str, span: &Range<usize>, ty: TypeId) -> Option<Literal> {
        match self.meaning(self.file, name) {
            Some(Meaning::EnumValue(id, value, number)) => {
                let owner = name.rsplit_once('.').map_or(name, |(owner, _)| owner);
                self.world.check_meaning(Space::Others, self.file, owner, span, self.report);
                match self.types.shape(ty) {
                    Shape::Item(expected) if expected == id => {
                        Some(Literal::EnumValue(self.world.full_name(id), value.head.name.text.clone()))
                    }
                    Shape::Item(expected) if self.is_enum(expected) => self.misnamed_value(name, span, ty),
                    _ => self.scalar(&ValueKind::Int(number?.into()), span, ty),
                }
            }
            Some(Meaning::Constant(id)) => {
                self.world.check_meaning(Space::Constants, self.file, name, span, self.report);
                self.constant(id, name, span, ty)
            }
            None => self.misnamed_value(name, span, ty),
        }
    }

    /// In the place of an enum Thrift looks at the last part of a name alone, so that files get the others wrong.
    fn misnamed_value(&mut self, name: &str, span: &Range<usize>, ty: TypeId) -> Option<Literal> {
        if let (Shape::Item(id), Some((_, value))) = (self.types.shape(ty), name.rsplit_once('.'))
            && self.is_enum(id)
            && self.world.members(id).by_name.contains_key(value)
        {
            let right = format!("{}.{value}", self.world.name(id));
            let help = "write the enum as it is called in this file, where it is another's as `file.Enum.NAME`";
            let wrong = match self.meaning(self.file, name) {
                Some(Meaning::EnumValue(other, ..)) => self.of_other(other, id),
                _ => "is not known".to_owned(),
            };
            self.report.warn(span, format!("`{name}` {wrong}: it is read as `{right}`")).help(help);
            return Some(Literal::EnumValue(self.world.full_name(id), value.to_owned()));
        }
        self.unknown_value(name, span, ty);
        None
    }

    fn of_other(&self, found: DefinitionId, expected: DefinitionId) -> String {
        format!("is a value of `{}`, not of `{}`", self.world.name(found), self.world.name(expected))
    }

    /// The enum that is called so, by a typedef or itself.
    fn enum_named(&self, file: usize, name: &str) -> Option<DefinitionId> {
        let id = self.world.find(file, name)?;
        let shape = self.types.of_typedef(id).map(|ty| self.types.shape(ty));
        let id = if let Some(Shape::Item(target)) = shape { target } else { id };
        self.is_enum(id).then_some(id)
    }

    fn meaning(&self, file: usize, name: &str) -> Option<Meaning<'a>> {
        if let Some(id) = self.world.find_constant(file, name) {
            return Some(Meaning::Constant(id));
        }
        let (owner, value) = name.rsplit_once('.')?;
        let id = self.enum_named(file, owner)?;
        let DefinitionKind::Enum(values) = &self.world.definition(id).kind else { return None };
        let members = self.world.members(id);
        let index = *members.by_name.get(value)?;
        Some(Meaning::EnumValue(id, &values[index], members.numbers[index]))
    }

    /// The constant itself where it is of the type; a number or a text of it where it is of another.
    fn constant(&mut self, id: DefinitionId, name: &str, span: &Range<usize>, ty: TypeId) -> Option<Literal> {
        self.needs(id);
        let DefinitionKind::Constant(own, value) = &self.world.definition(id).kind else { return None };
        let own = self.types.id(self.world, id.file, own)?;
        let chain = self.chain(id);
        if chain > CHAIN_MAX {
            // Said once, of the first that goes too far; of circles it is said that they are such.
            if chain == CHAIN_MAX + 1 {
                let message = format!("constants stand for each other more than {CHAIN_MAX} deep");
                self.report.error(span, message).help("write the value itself");
            }
            return None;
        }
        if own == ty {
            return Some(Literal::Constant(self.world.full_name(id)));
        }
        let (mut file, mut value) = (id.file, value);
        while let ValueKind::Named(next) = &value.kind {
            match self.meaning(file, next)? {
                Meaning::EnumValue(_, _, number) => return self.scalar(&ValueKind::Int(number?.into()), span, ty),
                Meaning::Constant(next) => {
                    let DefinitionKind::Constant(_, behind) = &self.world.definition(next).kind else { return None };
                    (file, value) = (next.file, behind);
                }
            }
        }
        if matches!(value.kind, ValueKind::List(_) | ValueKind::Map(_)) {
            let (expected, own) = (self.types.describe(self.world, ty), self.types.describe(self.world, own));
            let place = self.world.place(id);
            let message = format!("expected a value of `{expected}`, `{name}` is one of `{own}`");
            self.report.error(span, message).also(place, "defined here").help("give both the same type");
            return None;
        }
        self.scalar(&value.kind, span, ty)
    }

    /// How many names a value goes through that is this constant; longer chains are measured only so far as to be such.
    fn chain(&self, mut id: DefinitionId) -> usize {
        for len in 1..CHAIN_MAX + 2 {
            let DefinitionKind::Constant(_, value) = &self.world.definition(id).kind else { return len };
            let ValueKind::Named(next) = &value.kind else { return len };
            let Some(Meaning::Constant(next)) = self.meaning(id.file, next) else { return len };
            id = next;
        }
        CHAIN_MAX + 2
    }

    fn unknown_value(&mut self, name: &str, span: &Range<usize>, ty: TypeId) {
        if self.report.is_full() {
            self.report.error(span, "");
            return;
        }
        let owner =
            name.rsplit_once('.').and_then(|(owner, value)| Some((self.enum_named(self.file, owner)?, owner, value)));
        let expected = if let Shape::Item(id) = self.types.shape(ty) { Some(id) } else { None };
        let (id, owner, value) = match (owner, expected) {
            (Some(found), _) => found,
            (None, Some(id)) if self.is_enum(id) && !name.contains('.') => (id, self.world.name(id), name),
            _ => return self.unknown("constant", name, span),
        };
        let members = self.world.members(id);
        let place = self.world.place(id);
        if let Some(expected) = expected.filter(|_| name.contains('.') && members.by_name.contains_key(value)) {
            let message = format!("`{name}` {}", self.of_other(id, expected));
            let help = format!("write one of its values: `{}.NAME`", self.world.name(expected));
            self.report.error(span, message).also(self.world.place(expected), "defined here").help(help);
            return;
        }
        if !name.contains('.') && members.by_name.contains_key(value) {
            let message = format!("`{name}` is a value of `{owner}`, whose name is missing");
            let diagnostic = self.report.error(span, message);
            diagnostic.also(place, "defined here").help(format!("write `{owner}.{name}`"));
            return;
        }
        let near = nearest(value, members.by_name.keys().copied());
        let diagnostic = self.report.error(span, format!("`{owner}` has no value `{value}`"));
        let unknown = || format!("write one of its values: `{owner}.NAME`");
        let help = near.map_or_else(unknown, |near| format!("did you mean `{owner}.{near}`?"));
        diagnostic.also(place, "defined here").help(help);
    }
}

/// Says which values need themselves.
pub(super) fn report_circles(
    world: &World<'_>,
    uses: &HashMap<DefinitionId, Vec<DefinitionId>>,
    reports: &mut [Report],
) {
    let mut users: Vec<DefinitionId> = uses.keys().copied().collect();
    users.sort_unstable();
    for circle in order(users, |id| uses.get(&id).cloned().unwrap_or_default()).circles {
        let is_constant = matches!(world.definition(circle[0]).kind, DefinitionKind::Constant(..));
        let wrong = if is_constant { "the value of `{}` needs itself" } else { "the default of `{}` needs itself" };
        world.report_circle(&circle, wrong, "needs", reports);
    }
}

fn describe(kind: &ValueKind) -> String {
    let what = match kind {
        ValueKind::Bool(bool) => return format!("`{bool}`"),
        ValueKind::Int(int) => return format!("the number {int}"),
        ValueKind::Float(float) => return format!("the number {float}"),
        ValueKind::Text(_) => "a text",
        ValueKind::List(_) => "a list",
        ValueKind::Map(_) => "a map",
        ValueKind::Named(_) => "a name",
    };
    what.to_owned()
}

/// The bytes of a `uuid`: hexadecimal digits, with hyphens and braces as they are usual.
fn uuid(text: &str) -> Option<Vec<u8>> {
    let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
    let mut digits = String::new();
    for (at, c) in inner.char_indices() {
        match c {
            '-' if inner.len() == 36 && [8, 13, 18, 23].contains(&at) => {}
            _ if c.is_ascii_hexdigit() => write!(digits, "{c}").ok()?,
            _ => return None,
        }
    }
    let bytes = (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok());
    bytes.collect::<Option<Vec<u8>>>().filter(|bytes| bytes.len() == UUID_LEN)
}
