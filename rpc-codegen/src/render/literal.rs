//! Values that an IDL writes, as expressions.

use proc_macro2::{Delimiter, Literal as Token, TokenStream, TokenTree};
use quote::{ToTokens, quote};

use super::{
    enums::{self, Values},
    printer::Printer,
    written::{FieldNames, ident, variant_names},
};
use crate::model::{Enum, Field, Item, ItemKind, Literal, Presence, Type};

/// A type and a value of it for a constant, where there is one: numbers, texts, and values of enums.
pub(super) fn fixed(printer: &Printer<'_>, ty: &Type, literal: &Literal) -> Option<(TokenStream, TokenStream)> {
    let bare = printer.resolved.bare(ty);
    let value = match (literal, bare) {
        (Literal::String(text), Type::String) => return Some((quote!(&str), quote!(#text))),
        (Literal::Bytes(bytes), Type::Bytes) => {
            let bytes = Token::byte_string(bytes);
            return Some((quote!(&[u8]), quote!(#bytes)));
        }
        (Literal::Constant(name), _) => {
            let (of, value) = constant(printer, name);
            let (ty, _) = fixed(printer, of, value)?;
            let path = printer.path(name);
            if printer.resolved.bare(of) == bare {
                return Some((ty, path));
            }
            cast(printer, bare, &path)
        }
        (Literal::List(_) | Literal::Set(_) | Literal::Map(_) | Literal::Message(_) | Literal::Choice(..), _) => {
            return None;
        }
        _ => owned(printer, ty, literal),
    };
    Some((printer.ty(ty), value))
}

/// A value of a type, owned.
pub(super) fn owned(printer: &Printer<'_>, ty: &Type, literal: &Literal) -> TokenStream {
    let bare = printer.resolved.bare(ty);
    let each = |ty: &Type, literals: &[Literal]| -> Vec<TokenStream> {
        literals.iter().map(|literal| owned(printer, ty, literal)).collect()
    };
    match (literal, bare) {
        (_, Type::Option(ty)) => {
            let value = owned(printer, ty, literal);
            quote!(Some(#value))
        }
        (Literal::Bool(value), _) => quote!(#value),
        (Literal::Int(value), Type::F32 | Type::F64) => float(*value as f64, bare),
        (Literal::Int(value), _) => int(*value),
        (Literal::Float(value), _) => float(*value, bare),
        (Literal::String(text), _) if text.is_empty() => quote!(String::new()),
        (Literal::String(text), _) => quote!(#text.to_owned()),
        (Literal::Bytes(bytes), Type::Uuid) => {
            let bytes = bytes.iter().map(|byte| Token::u8_unsuffixed(*byte));
            quote!([#(#bytes),*])
        }
        (Literal::Bytes(bytes), _) => {
            let bytes = Token::byte_string(bytes);
            quote!(#bytes.to_vec())
        }
        (Literal::List(items), Type::List(ty)) => list(&each(ty, items)),
        (Literal::List(items) | Literal::Set(items), Type::Set(ty)) if printer.resolved.has_order(ty) => {
            collected(&printer.set(), &each(ty, items))
        }
        (Literal::List(items) | Literal::Set(items), Type::Set(ty)) => list(&each(ty, items)),
        (Literal::Map(pairs), Type::Map(types)) => map(printer, types, pairs),
        (Literal::Message(fields), Type::Named(name)) => of_message(printer, name, fields),
        (Literal::Choice(variant, value), Type::Named(name)) => choice(printer, name, variant, value),
        (Literal::EnumValue(name, value), _) => enum_value(printer, name, value),
        (Literal::EnumNumber(name, number), _) => enum_number(printer, name, *number),
        (Literal::Constant(name), _) => of_constant(printer, bare, name),
        (literal, ty) => unreachable!("front ends check that {literal:?} is a value of {ty:?}"),
    }
}

/// The value that a field has where nothing else is said.
pub(super) fn of_field(printer: &Printer<'_>, item: &Item, field: &Field) -> TokenStream {
    match &field.default {
        _ if field.presence == Presence::Optional => quote!(None),
        None => nothing(printer, item, field),
        Some(literal) => in_field(printer, item, field, literal),
    }
}

/// The value of a type that stands for none.
fn nothing(printer: &Printer<'_>, item: &Item, field: &Field) -> TokenStream {
    match printer.resolved.bare(&field.ty) {
        _ if printer.resolved.is_boxed(item, field) => quote!(Default::default()),
        Type::Bool => quote!(false),
        Type::I8 | Type::I16 | Type::I32 | Type::I64 | Type::U32 | Type::U64 => quote!(0),
        Type::F32 | Type::F64 => quote!(0.0),
        Type::String => quote!(String::new()),
        Type::Bytes | Type::List(_) => quote!(Vec::new()),
        _ => quote!(Default::default()),
    }
}

/// A value as it stands in a field: in its box, and as one that is there.
fn in_field(printer: &Printer<'_>, item: &Item, field: &Field, literal: &Literal) -> TokenStream {
    let mut value = owned(printer, &field.ty, literal);
    if printer.resolved.is_boxed(item, field) {
        value = quote!(Box::new(#value));
    }
    if field.presence == Presence::Optional { quote!(Some(#value)) } else { value }
}

/// A number, with its digits in groups of three where there are five or more.
fn int(value: i128) -> TokenStream {
    let digits = value.unsigned_abs().to_string();
    let groups: Vec<&str> = match digits.len() {
        ..5 => vec![&digits],
        long => {
            let ends = (0..long.div_ceil(3)).map(|group| long - 3 * group);
            ends.map(|end| &digits[end.saturating_sub(3)..end]).rev().collect()
        }
    };
    let size: Token = groups.join("_").parse().expect("digits are a number");
    if value < 0 { quote!(-#size) } else { quote!(#size) }
}

fn float(value: f64, ty: &Type) -> TokenStream {
    let is_single = *ty == Type::F32;
    let of = if is_single { quote!(f32) } else { quote!(f64) };
    // What is too large for a single one is infinite, as everywhere.
    let single = value as f32;
    let is_infinite = if is_single { single.is_infinite() } else { value.is_infinite() };
    if value.is_nan() {
        return quote!(#of::NAN);
    }
    let size = match (is_infinite, is_single) {
        (true, _) => quote!(#of::INFINITY),
        (false, true) => Token::f32_unsuffixed(single.abs()).to_token_stream(),
        (false, false) => Token::f64_unsuffixed(value.abs()).to_token_stream(),
    };
    if value.is_sign_negative() { quote!(-#size) } else { size }
}

/// What stands in a macro is printed as it is: not what has several lines.
fn list(items: &[TokenStream]) -> TokenStream {
    let is_block = |token| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    let has_lines = |item: &TokenStream| item.clone().into_iter().any(is_block);
    match items {
        [] => quote!(Vec::new()),
        items if items.iter().any(has_lines) => quote!(Vec::from([#(#items),*])),
        items => quote!(vec![#(#items),*]),
    }
}

fn collected(name: &TokenStream, items: &[TokenStream]) -> TokenStream {
    if items.is_empty() { quote!(#name::new()) } else { quote!(#name::from([#(#items),*])) }
}

fn map(printer: &Printer<'_>, types: &(Type, Type), pairs: &[(Literal, Literal)]) -> TokenStream {
    let pairs: Vec<TokenStream> = pairs
        .iter()
        .map(|(key, value)| {
            let (key, value) = (owned(printer, &types.0, key), owned(printer, &types.1, value));
            quote!((#key, #value))
        })
        .collect();
    match printer.resolved.has_order(&types.0) {
        true => collected(&printer.map(), &pairs),
        false => list(&pairs),
    }
}

fn of_message(printer: &Printer<'_>, name: &str, given: &[(String, Literal)]) -> TokenStream {
    let facts = printer.resolved.facts(name);
    let ItemKind::Message { fields, .. } = &facts.item.kind else {
        unreachable!("front ends check that `{name}` is a struct")
    };
    let names = FieldNames::of(fields);
    let value = |field: &Field| given.iter().find(|(name, _)| *name == field.named.name).map(|(_, literal)| literal);
    let rest = facts.has_default && fields.iter().any(|field| value(field).is_none());
    let written = fields.iter().zip(names.iter()).filter_map(|(field, name)| {
        let value = match value(field) {
            Some(literal) => in_field(printer, facts.item, field, literal),
            None if rest => return None,
            None => of_field(printer, facts.item, field),
        };
        let name = ident(name);
        Some(quote!(#name: #value))
    });
    let path = printer.path(name);
    if rest && given.is_empty() {
        return quote!(#path::default());
    }
    let rest = rest.then(|| quote!(..Default::default()));
    quote!(#path { #(#written,)* #rest })
}

fn choice(printer: &Printer<'_>, name: &str, variant: &str, value: &Literal) -> TokenStream {
    let facts = printer.resolved.facts(name);
    let ItemKind::Choice(variants) = &facts.item.kind else {
        unreachable!("front ends check that `{name}` is a union")
    };
    let names = variant_names(variants);
    let found = variants.iter().zip(names).find(|(field, _)| field.named.name == variant);
    let (field, name_in_rust) = found.expect("front ends name only variants that there are");
    let (path, variant) = (printer.path(name), ident(&name_in_rust));
    let always = Field { presence: Presence::Always, ..field.clone() };
    let value = in_field(printer, facts.item, &always, value);
    quote!(#path::#variant(#value))
}

fn enum_of<'p>(printer: &'p Printer<'_>, name: &str) -> (&'p Item, &'p Enum) {
    match &printer.resolved.facts(name).item {
        item @ Item { kind: ItemKind::Enum(declared), .. } => (item, declared),
        _ => unreachable!("front ends check that `{name}` is an enum"),
    }
}

fn enum_value(printer: &Printer<'_>, name: &str, value: &str) -> TokenStream {
    let (item, declared) = enum_of(printer, name);
    let (path, value) = (printer.path(name), ident(Values::of(item, declared).name(value)));
    quote!(#path::#value)
}

fn enum_number(printer: &Printer<'_>, name: &str, number: i32) -> TokenStream {
    let (item, declared) = enum_of(printer, name);
    let unknown = Values::of(item, declared).unknown.expect("front ends give such numbers only to open enums");
    let (path, unknown, number) = (printer.path(name), ident(&unknown), enums::number(number));
    quote!(#path::#unknown(#number))
}

fn constant<'p>(printer: &'p Printer<'_>, name: &str) -> (&'p Type, &'p Literal) {
    match &printer.resolved.facts(name).item.kind {
        ItemKind::Constant(ty, literal) => (ty, literal),
        _ => unreachable!("front ends check that `{name}` is a constant"),
    }
}

fn of_constant(printer: &Printer<'_>, expected: &Type, name: &str) -> TokenStream {
    let (ty, value) = constant(printer, name);
    let path = printer.path(name);
    match printer.resolved.bare(ty) {
        _ if fixed(printer, ty, value).is_none() => quote!(#path.clone()),
        Type::String => quote!(#path.to_owned()),
        Type::Bytes => quote!(#path.to_vec()),
        bare if bare == expected => path,
        _ => cast(printer, expected, &path),
    }
}

/// A number as another kind of number.
fn cast(printer: &Printer<'_>, expected: &Type, path: &TokenStream) -> TokenStream {
    let ty = printer.ty(expected);
    quote!(#path as #ty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_too_large_for_a_float_is_infinite() {
        let printed = |value, ty| float(value, &ty).to_string().replace(' ', "");
        assert_eq!(
            [1e39, -1e39, 1.5].map(|value| printed(value, Type::F32)),
            ["f32::INFINITY", "-f32::INFINITY", "1.5"]
        );
        assert_eq!(printed(f64::NEG_INFINITY, Type::F64), "-f64::INFINITY");
        assert_eq!([-0.0, f64::NAN].map(|value| printed(value, Type::F64)), ["-0.0", "f64::NAN"]);
    }
}
