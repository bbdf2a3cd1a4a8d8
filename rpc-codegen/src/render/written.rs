//! Names as they are written: identifiers, and those of the members of one item.

use proc_macro2::{Ident, Span};

use crate::{
    model::Field,
    names::{Scope, field_name, is_keyword, variant_name},
};

/// An identifier, raw where it has to be.
pub(super) fn ident(name: &str) -> Ident {
    let new = if is_keyword(name) { Ident::new_raw } else { Ident::new };
    new(name, Span::call_site())
}

/// What the fields of a struct, or the arguments of a method, are called.
pub(super) struct FieldNames(Vec<String>);

impl FieldNames {
    pub(super) fn of(fields: &[Field]) -> Self {
        let mut scope = Scope::default();
        Self(fields.iter().map(|field| scope.claim(field_name(&field.named.name))).collect())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// What the variants of a choice are called.
pub(super) fn variant_names(variants: &[Field]) -> Vec<String> {
    let mut scope = Scope::default();
    variants.iter().map(|variant| scope.claim(variant_name(&variant.named.name))).collect()
}
