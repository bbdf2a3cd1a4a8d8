//! Values that files write, once it is known what there has to be in each.

use super::Resolved;
use crate::{
    model::{Field, File, Item, ItemKind, Literal, Type},
    session::Session,
    source::Place,
};

/// Says where a struct is written without a field that has no value by itself.
pub(super) fn check(resolved: &Resolved<'_>, all: &[(&File, &Item)], session: &mut Session) {
    for (_, item) in all {
        match &item.kind {
            ItemKind::Constant(ty, literal) => of_type(resolved, ty, literal, &item.named.place, session),
            ItemKind::Message { fields, .. } => {
                for (field, literal) in fields.iter().filter_map(|field| Some((field, field.default.as_ref()?))) {
                    of_type(resolved, &field.ty, literal, &field.named.place, session);
                }
            }
            _ => {}
        }
    }
}

fn of_type(resolved: &Resolved<'_>, ty: &Type, literal: &Literal, place: &Place, session: &mut Session) {
    match (literal, resolved.bare(ty)) {
        (Literal::List(items) | Literal::Set(items), Type::List(ty) | Type::Set(ty)) => {
            items.iter().for_each(|item| of_type(resolved, ty, item, place, session));
        }
        (Literal::Map(pairs), Type::Map(types)) => {
            for (key, value) in pairs {
                of_type(resolved, &types.0, key, place, session);
                of_type(resolved, &types.1, value, place, session);
            }
        }
        (Literal::Message(given), Type::Named(name)) => {
            let ItemKind::Message { fields, .. } = &resolved.facts(name).item.kind else { return };
            message(resolved, name, fields, given, place, session);
        }
        (Literal::Choice(variant, value), Type::Named(name)) => {
            let ItemKind::Choice(variants) = &resolved.facts(name).item.kind else { return };
            if let Some(variant) = variants.iter().find(|field| field.named.name == *variant) {
                of_type(resolved, &variant.ty, value, place, session);
            }
        }
        _ => {}
    }
}

fn message(
    resolved: &Resolved<'_>,
    name: &str,
    fields: &[Field],
    given: &[(String, Literal)],
    place: &Place,
    session: &mut Session,
) {
    for field in fields {
        match given.iter().find(|(name, _)| *name == field.named.name) {
            Some((_, value)) => of_type(resolved, &field.ty, value, place, session),
            None if resolved.is_made_alone(field) => {}
            None => {
                let called = &field.named.name;
                session
                    .error(place.clone(), format!("a value of `{name}` is written without `{called}`"))
                    .also(field.named.place.clone(), "which has no value by itself")
                    .help(format!("give `{called}` a value there, or make it optional"));
            }
        }
    }
}
