//! Structs, and enums whose variants have something in them: unions, oneofs, and what a method may throw.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::{
    docs::attributes,
    enums::number,
    literal::{fixed, of_field, owned},
    printer::Printer,
    written::{FieldNames, ident, variant_names},
};
use crate::{
    model::{Field, Item, Literal, Presence, Type},
    names::{Scope, in_words, variant_name},
    resolve::Facts,
};

/// Fields that tell what an exception is about.
const MESSAGES: [&str; 5] = ["message", "msg", "reason", "description", "why"];

/// A struct, and what belongs to it.
pub(super) fn tokens(printer: &Printer<'_>, item: &Item, fields: &[Field], exception: bool) -> TokenStream {
    let facts = printer.resolved.facts(&item.full_name);
    let (about, name) = (attributes(&item.named), ident(&facts.path.name));
    let names = FieldNames::of(fields);
    let has_defaults = fields.iter().any(|field| field.default.is_some() && field.presence != Presence::Optional);
    let default = (facts.has_default && !has_defaults).then(|| quote!(Default,));
    let derives = derives(printer, facts, default, exception);
    let text = exception.then(|| text_of_exception(item, fields, &names));
    let members = fields.iter().zip(names.iter()).map(|(field, name)| {
        // To thiserror a field of this name is an error itself, unless it is written like this.
        let name = if exception && name == "source" { Ident::new_raw(name, Span::call_site()) } else { ident(name) };
        let (about, options, ty) = (attributes(&field.named), options(printer, field), printer.field_type(item, field));
        quote!(#about #options pub #name: #ty)
    });
    let members: Vec<TokenStream> = members.collect();
    let defaults = has_defaults.then(|| match facts.has_default {
        true => default_of(printer, item, fields, &names, &name),
        false => constructor(printer, item, fields, &names, &name),
    });
    let accessors = accessors(printer, item, fields, &names);
    quote! {
        #about
        #derives
        #text
        pub struct #name {
            #(#members,)*
        }
        #defaults
        #accessors
    }
}

/// One of several.
pub(super) fn choice(printer: &Printer<'_>, item: &Item, variants: &[Field]) -> TokenStream {
    let facts = printer.resolved.facts(&item.full_name);
    let (about, name, derives) =
        (attributes(&item.named), ident(&facts.path.name), derives(printer, facts, None, false));
    let members = variants.iter().zip(variant_names(variants)).map(|(variant, name)| {
        let (about, name) = (attributes(&variant.named), ident(&name));
        let always = Field { presence: Presence::Always, ..variant.clone() };
        let (options, bytes) = (rpc_options(printer, &always), bytes(printer, &always));
        let ty = printer.field_type(item, &always);
        quote!(#about #options #name(#bytes #ty))
    });
    quote! {
        #about
        #derives
        pub enum #name {
            #(#members,)*
        }
    }
}

/// What a method may throw. A variant is called what its exception is, where that is told apart.
pub(super) fn failure(printer: &Printer<'_>, item: &Item, variants: &[Field]) -> TokenStream {
    let facts = printer.resolved.facts(&item.full_name);
    let (name, derives) = (ident(&facts.path.name), derives(printer, facts, None, true));
    let about = format!(" What `{}` may fail with.", item.named.name);
    let exceptions: Vec<&Type> = variants.iter().map(|variant| printer.resolved.bare(&variant.ty)).collect();
    let once = |exception: &Type| exceptions.iter().filter(|other| **other == exception).count() == 1;
    let mut scope = Scope::default();
    let members = variants.iter().zip(&exceptions).map(|(variant, exception)| {
        let called = match exception {
            Type::Named(full_name) if once(exception) => printer.resolved.facts(full_name).item.named.name.clone(),
            _ => variant.named.name.clone(),
        };
        let (about, name) = (attributes(&variant.named), ident(&scope.claim(variant_name(&called))));
        let always = Field { presence: Presence::Always, ..variant.clone() };
        let (options, ty) = (rpc_options(printer, &always), printer.field_type(item, &always));
        let from = once(exception).then(|| quote!(#[from]));
        quote!(#about #[error(transparent)] #options #name(#from #ty))
    });
    let members: Vec<TokenStream> = members.collect();
    quote! {
        #[doc = #about]
        #derives
        pub enum #name {
            #(#members,)*
        }
    }
}

/// What is derived: what Rust knows of on one line, and what has to do with calls on another.
fn derives(printer: &Printer<'_>, facts: &Facts<'_>, default: Option<TokenStream>, is_error: bool) -> TokenStream {
    let order = facts.has_order.then(|| quote!(, Eq, PartialOrd, Ord, Hash));
    let travels = printer.derives();
    let error = is_error.then(|| quote!(, thiserror::Error));
    quote! {
        #[derive(Clone, Debug, #default PartialEq #order)]
        #[derive(#travels #error)]
    }
}

/// What is said of a field to the derives.
fn options(printer: &Printer<'_>, field: &Field) -> TokenStream {
    let (rpc, bytes) = (rpc_options(printer, field), bytes(printer, field));
    quote!(#rpc #bytes)
}

fn rpc_options(printer: &Printer<'_>, field: &Field) -> TokenStream {
    let tag = match field.tag {
        Some(tag) => {
            let tag = number(tag);
            quote!(tag = #tag)
        }
        None => quote!(oneof),
    };
    let required = (field.presence == Presence::Required).then(|| quote!(, required));
    let written = printer.written(field).map(|written| quote!(, as = #written));
    quote!(#[rpc(#tag #required #written)])
}

/// Bytes travel in one run, not one by one.
fn bytes(printer: &Printer<'_>, field: &Field) -> Option<TokenStream> {
    let is_bytes = *printer.resolved.bare(&field.ty) == Type::Bytes && !field.boxed;
    // With a module of its own, serde takes an absent field for a mistake, unless it is told.
    let default = (field.presence == Presence::Optional).then(|| quote!(default,));
    is_bytes.then(|| quote!(#[serde(#default with = "rpc_core::codec::bytes")]))
}

/// How an exception is told: by its message, else by its name and all that is in it.
fn text_of_exception(item: &Item, fields: &[Field], names: &FieldNames) -> TokenStream {
    let message = fields.iter().zip(names.iter()).find(|(field, name)| {
        MESSAGES.contains(name) && field.ty == Type::String && field.presence != Presence::Optional
    });
    let text = match message {
        Some((_, name)) => format!("{{{name}}}"),
        None => {
            let parts: Vec<String> = names.iter().map(|name| format!("{name}: {{{name}:?}}")).collect();
            let about = in_words(&item.named.name);
            if parts.is_empty() { about } else { format!("{about} ({})", parts.join(", ")) }
        }
    };
    quote!(#[error(#text)])
}

fn default_of(printer: &Printer<'_>, item: &Item, fields: &[Field], names: &FieldNames, name: &Ident) -> TokenStream {
    let members = fields.iter().zip(names.iter()).map(|(field, name)| {
        let (name, value) = (ident(name), of_field(printer, item, field));
        quote!(#name: #value)
    });
    quote! {
        impl Default for #name {
            fn default() -> Self {
                Self { #(#members,)* }
            }
        }
    }
}

/// Where there is no default as a whole: from what has none, and the defaults of the rest.
fn constructor(printer: &Printer<'_>, item: &Item, fields: &[Field], names: &FieldNames, name: &Ident) -> TokenStream {
    let mut arguments = Vec::new();
    let members = fields.iter().zip(names.iter()).map(|(field, name)| {
        let name = ident(name);
        if printer.resolved.is_made_alone(field) {
            let value = of_field(printer, item, field);
            return quote!(#name: #value);
        }
        let ty = printer.field_type(item, field);
        arguments.push(quote!(#name: #ty));
        quote!(#name)
    });
    let members: Vec<TokenStream> = members.collect();
    quote! {
        impl #name {
            #[doc = " With the defaults of the IDL in all other fields."]
            pub fn new(#(#arguments),*) -> Self {
                Self { #(#members,)* }
            }
        }
    }
}

/// What reads a field that may be absent, and has a default.
fn accessors(printer: &Printer<'_>, item: &Item, fields: &[Field], names: &FieldNames) -> Option<TokenStream> {
    let mut scope = Scope::of_struct();
    let accessors = fields.iter().zip(names.iter()).filter_map(|(field, name)| {
        let default = field.default.as_ref().filter(|_| field.presence == Presence::Optional)?;
        let method = ident(&scope.claim(name.to_owned()));
        let name = ident(name);
        let about = format!(" The field `{name}`, or its default.");
        let (ty, body) = accessor(printer, field, default, printer.resolved.is_boxed(item, field));
        Some(quote! {
            #[doc = #about]
            pub fn #method(&self) -> #ty {
                self.#name.#body
            }
        })
    });
    let accessors: Vec<TokenStream> = accessors.collect();
    let name = ident(&printer.resolved.facts(&item.full_name).path.name);
    (!accessors.is_empty()).then(|| quote!(impl #name { #(#accessors)* }))
}

/// What an accessor gives, and how.
fn accessor(printer: &Printer<'_>, field: &Field, default: &Literal, is_boxed: bool) -> (TokenStream, TokenStream) {
    let ty = &field.ty;
    match (printer.resolved.bare(ty), fixed(printer, ty, default)) {
        (Type::String | Type::Bytes, Some((ty, value))) if !is_boxed => (ty, quote!(as_deref().unwrap_or(#value))),
        (_, Some((ty, value))) if !is_boxed => (ty, quote!(unwrap_or(#value))),
        _ => {
            let cloned = if is_boxed { quote!(as_deref().cloned()) } else { quote!(clone()) };
            let (ty, value) = (printer.ty(ty), owned(printer, ty, default));
            (ty, quote!(#cloned.unwrap_or_else(|| #value)))
        }
    }
}
