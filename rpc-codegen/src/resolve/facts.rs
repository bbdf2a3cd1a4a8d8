//! What is known of each item: whether anybody uses it, what can be derived for it, and which cycle it lies in.

use std::collections::{HashMap, HashSet};

use super::{Path, graph::Graph};
use crate::model::{Enum, Fails, Field, File, Item, ItemKind, Literal, Method, Presence, Type};

/// What is known of an item.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) item: &'a Item,
    pub(crate) path: Path,
    /// What it is another name for, through all names in between.
    pub(super) aliased: Option<&'a Type>,
    /// It has a value that stands for none.
    pub(crate) has_default: bool,
    /// Two values are equal or not, and one comes before the other, always: no float is within.
    pub(crate) has_order: bool,
    /// Two items have the same if values of each may be within the other.
    pub(super) cycle: usize,
}

type Indices<'a> = HashMap<&'a str, usize>;

/// Which items are generated: those of files that were asked for, and what they use of others.
pub(super) fn used(all: &[(&File, &Item)], files: &[&File], indices: &Indices<'_>) -> Vec<bool> {
    let mut uses = Graph::new(all.len());
    for (index, (_, item)) in all.iter().enumerate() {
        let mut names = HashSet::new();
        mentioned(item, &mut |name| _ = names.insert(name.to_owned()));
        names.iter().for_each(|name| uses.point(index, indices[&**name]));
    }
    let mut roots: Vec<usize> = (0..all.len()).filter(|index| all[*index].0.asked_for).collect();
    for service in files.iter().filter(|file| file.asked_for).flat_map(|file| &file.services) {
        service.methods.iter().for_each(|method| of_method(method, &mut |name| roots.push(indices[name])));
    }
    uses.reached(roots)
}

/// All that is to be known.
pub(super) fn gather<'a>(all: &[(&'a File, &'a Item)], indices: &Indices<'_>, paths: Vec<Path>) -> Vec<Facts<'a>> {
    let items: Vec<&Item> = all.iter().map(|(_, item)| *item).collect();
    let mut direct = Graph::new(items.len());
    let mut within = Graph::new(items.len());
    for (index, item) in items.iter().enumerate() {
        for ty in types(item) {
            held(ty, &mut |name| direct.point(index, indices[name]));
            named(ty, &mut |name| within.point(index, indices[name]));
        }
    }
    let aliased = aliased(&items, indices);
    let without_default = without_default(&items, indices);
    let floats = (0..items.len()).filter(|index| types(items[*index]).any(has_float));
    let without_order = within.reversed().reached(floats);
    let cycles = direct.components();
    let facts = items.into_iter().zip(paths).enumerate().map(|(index, (item, path))| Facts {
        item,
        path,
        aliased: aliased[index],
        has_default: !without_default[index],
        has_order: !without_order[index],
        cycle: cycles[index],
    });
    facts.collect()
}

/// What each item is another name for at last. However long a chain of names is, each is looked at once.
fn aliased<'a>(items: &[&'a Item], indices: &Indices<'_>) -> Vec<Option<&'a Type>> {
    let mut found: Vec<Option<&Type>> = vec![None; items.len()];
    for index in 0..items.len() {
        let (mut chain, mut at, mut last) = (Vec::new(), index, None);
        while let ItemKind::Alias(ty) = &items[at].kind {
            chain.push(at);
            last = found[at].or(Some(ty));
            match ty {
                Type::Named(name) if found[at].is_none() => at = indices[&**name],
                _ => break,
            }
        }
        chain.into_iter().for_each(|alias| found[alias] = last);
    }
    found
}

/// Which items have no value that stands for none: choices, instants, and what needs one, or needs itself.
fn without_default(items: &[&Item], indices: &Indices<'_>) -> Vec<bool> {
    let mut needs = Graph::new(items.len());
    for (index, item) in items.iter().enumerate() {
        for ty in needed(item) {
            if let Type::Named(name) = ty {
                needs.point(index, indices[&**name]);
            }
        }
        for ty in given(item) {
            named(ty, &mut |name| needs.point(index, indices[name]));
        }
    }
    let components = needs.components();
    let mut sizes = vec![0; items.len()];
    components.iter().for_each(|component| sizes[*component] += 1);
    let none = |index: &usize| match &items[*index].kind {
        ItemKind::Choice(_) | ItemKind::Failure(_) | ItemKind::Constant(..) => true,
        ItemKind::Enum(Enum { values, open }) => values.is_empty() && !open,
        ItemKind::Message { .. } | ItemKind::Alias(_) => {
            let in_circle = sizes[components[*index]] > 1 || needs.points_to_itself(*index);
            in_circle || needed(items[*index]).any(|ty| *ty == Type::Time)
        }
    };
    needs.reversed().reached((0..items.len()).filter(none))
}

/// The types of which a value has to be made for one of the item, where nothing else is said.
fn needed(item: &Item) -> impl Iterator<Item = &Type> {
    let (fields, aliased): (&[Field], Option<&Type>) = match &item.kind {
        ItemKind::Message { fields, .. } => (fields, None),
        ItemKind::Alias(ty) => (&[], Some(ty)),
        _ => (&[], None),
    };
    let fields = fields.iter().filter(|field| field.presence != Presence::Optional && field.default.is_none());
    fields.map(|field| &field.ty).chain(aliased)
}

/// The types of fields whose default writes a struct: what is left out of that is made.
fn given(item: &Item) -> impl Iterator<Item = &Type> {
    let fields: &[Field] = if let ItemKind::Message { fields, .. } = &item.kind { fields } else { &[] };
    let writes =
        |field: &&Field| field.presence != Presence::Optional && field.default.as_ref().is_some_and(has_message);
    fields.iter().filter(writes).map(|field| &field.ty)
}

fn has_message(literal: &Literal) -> bool {
    match literal {
        Literal::Message(_) => true,
        Literal::List(items) | Literal::Set(items) => items.iter().any(has_message),
        Literal::Map(pairs) => pairs.iter().any(|(key, value)| has_message(key) || has_message(value)),
        Literal::Choice(_, value) => has_message(value),
        _ => false,
    }
}

/// The types that an item is made of.
fn types(item: &Item) -> impl Iterator<Item = &Type> {
    let (fields, ty): (&[Field], Option<&Type>) = match &item.kind {
        ItemKind::Message { fields, .. } | ItemKind::Choice(fields) | ItemKind::Failure(fields) => (fields, None),
        ItemKind::Alias(ty) | ItemKind::Constant(ty, _) => (&[], Some(ty)),
        ItemKind::Enum(_) => (&[], None),
    };
    fields.iter().map(|field| &field.ty).chain(ty)
}

/// The items that a value of the type has in itself, without anything in between.
fn held(ty: &Type, found: &mut impl FnMut(&str)) {
    match ty {
        Type::Named(name) => found(name),
        Type::Option(ty) => held(ty, found),
        _ => {}
    }
}

/// All items that a type names.
fn named(ty: &Type, found: &mut impl FnMut(&str)) {
    match ty {
        Type::Named(name) => found(name),
        Type::List(ty) | Type::Set(ty) | Type::Option(ty) => named(ty, found),
        Type::Map(pair) => {
            named(&pair.0, found);
            named(&pair.1, found);
        }
        _ => {}
    }
}

fn has_float(ty: &Type) -> bool {
    match ty {
        Type::F32 | Type::F64 => true,
        Type::List(ty) | Type::Set(ty) | Type::Option(ty) => has_float(ty),
        Type::Map(pair) => has_float(&pair.0) || has_float(&pair.1),
        _ => false,
    }
}

/// All items that an item names, in its types and in its literals.
fn mentioned(item: &Item, found: &mut impl FnMut(&str)) {
    types(item).for_each(|ty| named(ty, found));
    match &item.kind {
        ItemKind::Message { fields, .. } => {
            fields.iter().filter_map(|field| field.default.as_ref()).for_each(|literal| of_literal(literal, found));
        }
        ItemKind::Constant(_, literal) => of_literal(literal, found),
        _ => {}
    }
}

fn of_literal(literal: &Literal, found: &mut impl FnMut(&str)) {
    match literal {
        Literal::Constant(name) | Literal::EnumValue(name, _) | Literal::EnumNumber(name, _) => found(name),
        Literal::List(literals) | Literal::Set(literals) => literals.iter().for_each(|it| of_literal(it, found)),
        Literal::Message(fields) => fields.iter().for_each(|(_, it)| of_literal(it, found)),
        Literal::Choice(_, it) => of_literal(it, found),
        Literal::Map(pairs) => pairs.iter().for_each(|(key, value)| {
            of_literal(key, found);
            of_literal(value, found);
        }),
        Literal::Bool(_) | Literal::Int(_) | Literal::Float(_) | Literal::String(_) | Literal::Bytes(_) => {}
    }
}

fn of_method(method: &Method, found: &mut impl FnMut(&str)) {
    let arguments = method.arguments.iter().map(|argument| &argument.ty);
    arguments.chain(&method.takes_items).chain([&method.reply]).for_each(|ty| named(ty, found));
    if let Fails::Throws(name) = &method.fails {
        found(name);
    }
}
