//! Types, fields and values of enums.

use std::{collections::HashMap, ops::Range};

use super::{
    Scope,
    types::young,
    world::{DefinitionId, Space, unique},
};
use crate::{
    frontend::thrift::{
        ast::{self, DefinitionKind, TypeKind},
        names::nearest,
    },
    model::{self, EnumValue, Field, Presence},
};

/// The greatest id of a field; the least is that of an `i16`.
const ID_MAX: i64 = i16::MAX as i64;
const ID_MIN: i64 = i16::MIN as i64;

/// The types of the language, which somebody may have meant.
const PLAIN: [&str; 12] =
    ["binary", "bool", "byte", "double", "i16", "i32", "i64", "list", "map", "set", "string", "uuid"];

/// What fields are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Struct,
    Union,
    Arguments,
    Throws,
}

impl<'a> Scope<'_, 'a> {
    /// A type as the model has it.
    pub(super) fn ty(&mut self, ty: &ast::Type) -> Option<model::Type> {
        Some(match &ty.kind {
            TypeKind::Plain(plain) => plain.clone(),
            TypeKind::List(element) => model::Type::List(Box::new(self.ty(element)?)),
            TypeKind::Set(element) => model::Type::Set(Box::new(self.ty(element)?)),
            TypeKind::Map(entry) => {
                let (key, value) = (self.ty(&entry.0), self.ty(&entry.1));
                model::Type::Map(Box::new((key?, value?)))
            }
            TypeKind::Named(name) => {
                let id = self.world.find(self.file, name);
                let plain = young(name).filter(|_| id.is_none());
                match plain {
                    Some(plain) => plain,
                    None => self.defined_type(id, name, &ty.span)?,
                }
            }
        })
    }

    fn defined_type(&mut self, id: Option<DefinitionId>, name: &str, span: &Range<usize>) -> Option<model::Type> {
        let Some(id) = id.or_else(|| self.world.find_constant(self.file, name)) else {
            self.unknown("type", name, span);
            return None;
        };
        let other = match &self.world.definition(id).kind {
            DefinitionKind::Constant(..) => "a constant",
            DefinitionKind::Service(_) => "a service",
            _ => {
                self.world.check_meaning(Space::Others, self.file, name, span, self.report);
                return Some(model::Type::Named(self.world.full_name(id)));
            }
        };
        let place = self.world.place(id);
        let diagnostic = self.report.error(span, format!("expected a type, `{name}` is {other}"));
        diagnostic.also(place, "defined here").help("write the name of a struct, an enum or a typedef");
        None
    }

    /// Says that nothing is called so.
    pub(super) fn unknown(&mut self, what: &str, name: &str, span: &Range<usize>) {
        let plain = nearest(name, PLAIN).filter(|_| what == "type").map(|near| format!("did you mean `{near}`?"));
        let help = match (self.report.is_full(), plain) {
            (true, _) => String::new(),
            (false, Some(plain)) => plain,
            (false, None) => self.world.advice(self.file, name),
        };
        self.report.error(span, format!("cannot find the {what} `{name}`")).help(help);
    }

    pub(super) fn fields(&mut self, fields: &'a [ast::Field], role: Role) -> Vec<Field> {
        unique(fields.iter().map(|field| &field.head).enumerate(), self.report);
        let tags = self.tags(fields);
        let lower = |(field, tag)| self.field(field, tag, role);
        fields.iter().zip(tags).filter_map(lower).collect()
    }

    fn field(&mut self, field: &'a ast::Field, tag: Option<i32>, role: Role) -> Option<Field> {
        let choice = matches!(role, Role::Union | Role::Throws);
        let ty = self.ty(&field.ty);
        let default = field.default.as_ref().filter(|_| !choice);
        let id = self.types.id(self.world, self.file, &field.ty);
        self.on_demand = field.presence == Presence::Optional;
        let default = default.map(|value| self.literal(value, id?));
        self.on_demand = false;
        let default = match default {
            Some(literal) => Some(literal?),
            None => None,
        };
        if choice && (field.default.is_some() || field.presence == Presence::Required) {
            let what = if field.default.is_some() { "a default" } else { "`required`" };
            let list = if role == Role::Union { "a union" } else { "`throws`" };
            let message = format!("{what} has no meaning in {list}, of which exactly one is there");
            self.report.warn(&field.head.name.span, message).help("leave it out");
        }
        let presence = if choice { Presence::Always } else { field.presence };
        let named = self.named(&field.head);
        Some(Field { named, tag: Some(tag?), ty: ty?, presence, default, boxed: field.boxed, written: None })
    }

    /// The ids, those that are not written counted downwards.
    fn tags(&mut self, fields: &[ast::Field]) -> Vec<Option<i32>> {
        let mut known: HashMap<i64, Range<usize>> = HashMap::new();
        let (mut next, mut warned) = (-1, false);
        let mut tags = Vec::new();
        for field in fields {
            let name = &field.head.name;
            let (id, span) = match &field.id {
                Some(id) => (id.value, &id.span),
                None => (next, &name.span),
            };
            if field.id.is_none() || id < 0 {
                next = id.saturating_sub(1);
            }
            if field.id.is_none() && !warned {
                warned = true;
                let message = format!("`{}` has no id: such fields are counted from -1 downwards", name.text);
                let help = format!("write ids, so that fields can be added and taken out: `1: … {}`", name.text);
                self.report.warn(span, message).help(help);
            }
            tags.push(self.tag(id, field.id.is_some(), span));
            if let Some(first) = known.get(&id) {
                let place = self.report.place(first);
                let diagnostic = self.report.error(span, format!("the id {id} is used twice"));
                diagnostic.label("again here").also(place, "first here").help("give one of them another id");
            } else {
                known.insert(id, span.clone());
            }
        }
        tags
    }

    fn tag(&mut self, id: i64, written: bool, span: &Range<usize>) -> Option<i32> {
        let help = format!("write an id from 1 to {ID_MAX}");
        if id == 0 {
            self.report.error(span, "0 is no id of a field").help(help);
            return None;
        }
        if !(ID_MIN..=ID_MAX).contains(&id) {
            self.report.error(span, format!("{id} is no id of a field: it does not fit in 16 bits")).help(help);
            return None;
        }
        if id < 0 && written {
            let message = format!("the id {id} is negative: other compilers may send another one in its place");
            self.report.warn(span, message).help(help);
        }
        i32::try_from(id).ok()
    }

    pub(super) fn enum_values(&mut self, values: &'a [ast::EnumValue]) -> Vec<EnumValue> {
        unique(values.iter().map(|value| &value.head).enumerate(), self.report);
        let mut lowered = Vec::new();
        for (value, number) in values.iter().zip(&self.world.members(self.user).numbers) {
            if let Some(number) = number {
                lowered.push(EnumValue { named: self.named(&value.head), number: *number });
                continue;
            }
            let span = value.number.as_ref().map_or(&value.head.name.span, |number| &number.span);
            let message = format!("the number of `{}` does not fit in 32 bits", value.head.name.text);
            self.report.error(span, message).help(format!("write a number from {} to {}", i32::MIN, i32::MAX));
        }
        lowered
    }
}
