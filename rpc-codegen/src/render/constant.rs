//! Constants, and other names of types.

use proc_macro2::TokenStream;
use quote::quote;

use super::{
    docs::attributes,
    literal::{fixed, owned},
    printer::Printer,
    written::ident,
};
use crate::model::{Item, Literal, Type};

/// Another name for a type.
pub(super) fn alias(printer: &Printer<'_>, item: &Item, ty: &Type) -> TokenStream {
    let name = ident(&printer.resolved.facts(&item.full_name).path.name);
    let (about, ty) = (attributes(&item.named), printer.ty(ty));
    quote!(#about pub type #name = #ty;)
}

/// A constant; where its value cannot be made when the program is compiled, one that is made when it is first used.
pub(super) fn tokens(printer: &Printer<'_>, item: &Item, ty: &Type, literal: &Literal) -> TokenStream {
    let name = ident(&printer.resolved.facts(&item.full_name).path.name);
    let about = attributes(&item.named);
    if let Some((ty, value)) = fixed(printer, ty, literal) {
        return quote!(#about pub const #name: #ty = #value;);
    }
    let (ty, value) = (printer.ty(ty), owned(printer, ty, literal));
    let lazy = printer.imports.short("std::sync", "LazyLock");
    quote!(#about pub static #name: #lazy<#ty> = #lazy::new(|| #value);)
}
