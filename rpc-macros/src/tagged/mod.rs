//! `#[derive(Tagged)]`: the numbers of fields, variants and values, checked and kept as constants.
//!
//! The same way as a trait's: `attr` reads the options, `model` says what was understood, `rules` hold it against what
//! may be, `expand` writes the code.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Fields, Item};

use crate::errors::Errors;
use model::{Tagged, Written};

mod attr;
mod expand;
mod model;
mod rules;

/// The whole way of `#[derive(Tagged)]`.
pub(crate) fn derive(item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let written = syn::parse2::<Item>(item).and_then(written);
    let tagged = match written {
        Ok(written) => Tagged::read(written, &mut errors),
        Err(error) => {
            drop(errors.finish());
            return error.to_compile_error();
        }
    };
    rules::check(&tagged, &mut errors);
    match errors.finish().as_slice() {
        [] => expand::expand(&tagged),
        mistakes => {
            let mistakes = mistakes.iter().map(Error::to_compile_error);
            let rest = expand::without_entries(&tagged);
            quote! { #(#mistakes)* #rest }
        }
    }
}

/// The item, if its kind can have tags at all.
fn written(item: Item) -> syn::Result<Written> {
    match item {
        Item::Struct(item) => match item.fields {
            Fields::Named(_) => Ok(Written::Struct(item)),
            Fields::Unnamed(fields) => {
                Err(Error::new_spanned(fields, "a tag is that of a field with a name: write `{ name: Type }`"))
            }
            Fields::Unit => {
                let message = format!("a struct has fields with names, or none: write `struct {} {{}}`", item.ident);
                Err(Error::new_spanned(&item.ident, message))
            }
        },
        Item::Enum(item) => Ok(Written::Enum(item)),
        other => {
            let message = "tags are those of a struct or an enum: write one of several values as an `enum`";
            Err(Error::new_spanned(other, message))
        }
    }
}
