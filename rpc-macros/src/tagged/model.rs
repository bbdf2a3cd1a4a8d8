//! A type with tags as we understood it: its shape, and what in it has a tag.
//!
//! Reading never fails: what cannot be understood is left as it is, for the rules to name. Does not know what code will
//! be made of it.

use proc_macro2::Ident;
use syn::{Field, Fields, Generics, ItemEnum, ItemStruct, Path, Type, Variant, ext::IdentExt, parse_quote};

use super::attr::{self, EntryOptions};
use crate::errors::Errors;

/// What the user wrote, of a kind that can have tags.
pub(super) enum Written {
    Struct(ItemStruct),
    Enum(ItemEnum),
}

/// A type under `#[derive(Tagged)]`.
pub(super) struct Tagged {
    pub(super) ident: Ident,
    pub(super) generics: Generics,
    /// The path of the runtime crate.
    pub(super) runtime: Path,
    pub(super) shape: Shape,
    /// The fields or variants in the order of declaration.
    pub(super) entries: Vec<Entry>,
}

/// What the tags are of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Struct,
    OneOf,
    /// An enum with a variant for numbers that are not known, or one of which no variant holds anything.
    Numbers,
}

/// A field or a variant.
pub(super) struct Entry {
    pub(super) ident: Ident,
    pub(super) options: EntryOptions,
    pub(super) holds: Holds,
}

/// What a field or a variant holds.
pub(super) enum Holds {
    Nothing,
    One(Type),
    /// More than one value, or values with names, which is a mistake.
    Several(Fields),
}

impl Tagged {
    /// Reads a type; mistakes in the options go to `errors`.
    pub(super) fn read(written: Written, errors: &mut Errors) -> Self {
        let (attributes, ident, generics) = match &written {
            Written::Struct(item) => (&item.attrs, item.ident.clone(), item.generics.clone()),
            Written::Enum(item) => (&item.attrs, item.ident.clone(), item.generics.clone()),
        };
        let runtime = attr::runtime(attributes, errors).unwrap_or_else(|| parse_quote!(::rpc_core));
        let (shape, entries) = match written {
            Written::Struct(item) => {
                (Shape::Struct, item.fields.into_iter().filter_map(|field| Entry::field(field, errors)).collect())
            }
            Written::Enum(item) => {
                let entries: Vec<_> = item.variants.into_iter().map(|it| Entry::variant(it, errors)).collect();
                (shape_of_enum(&entries), entries)
            }
        };
        Self { ident, generics, runtime, shape, entries }
    }

    /// The fields, or the variants that have a number.
    pub(super) fn known(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.options.unknown.is_none())
    }

    /// The variant that holds the numbers which no other has.
    pub(super) fn unknown(&self) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.options.unknown.is_some())
    }
}

fn shape_of_enum(variants: &[Entry]) -> Shape {
    let has_unknown = variants.iter().any(|variant| variant.options.unknown.is_some());
    let holds_nothing = variants.iter().all(|variant| matches!(variant.holds, Holds::Nothing));
    match has_unknown || holds_nothing && !variants.is_empty() {
        true => Shape::Numbers,
        false => Shape::OneOf,
    }
}

impl Entry {
    fn field(field: Field, errors: &mut Errors) -> Option<Self> {
        let options = attr::field(&field.attrs, errors);
        Some(Self { ident: field.ident?, options, holds: Holds::One(field.ty) })
    }

    fn variant(variant: Variant, errors: &mut Errors) -> Self {
        let options = attr::variant(&variant.attrs, errors);
        let holds = match variant.fields {
            Fields::Unit => Holds::Nothing,
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                fields.unnamed.into_iter().next().map_or(Holds::Nothing, |field| Holds::One(field.ty))
            }
            fields => Holds::Several(fields),
        };
        Self { ident: variant.ident, options, holds }
    }

    /// The name without `r#`.
    pub(super) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }

    /// The number, if one is given.
    pub(super) fn number(&self) -> Option<i128> {
        self.options.tag.as_ref().map(|tag| tag.value)
    }
}
