//! Services: a trait under `#[service]`, with a method for each of theirs.

use proc_macro2::TokenStream;
use quote::quote;

use super::{
    docs::attributes,
    printer::Printer,
    written::{FieldNames, ident},
};
use crate::{
    model::{Docs, Fails, Field, Method, Named, Presence, Service, Type},
    names::{Scope, method_name},
};

/// What the argument is called that is a stream.
const ITEMS: &str = "requests";

/// The trait.
pub(super) fn tokens(printer: &Printer<'_>, service: &Service) -> TokenStream {
    let (about, name) = (attributes(&service.named), ident(printer.resolved.service_name(service)));
    let wire = &service.full_name;
    let mut scope = Scope::default();
    let methods = service.methods.iter().map(|method| {
        let name = scope.claim(method_name(&method.named.name));
        of_method(printer, method, &name)
    });
    quote! {
        #about
        #[rpc_core::service(name = #wire)]
        pub trait #name {
            #(#methods)*
        }
    }
}

fn of_method(printer: &Printer<'_>, method: &Method, name: &str) -> TokenStream {
    let names = FieldNames::of(&method.arguments);
    let about = attributes(&Named { docs: docs(method, &names), ..method.named.clone() });
    let options = options(method, name);
    let arguments = method.arguments.iter().zip(names.iter()).map(|(argument, name)| {
        let (name, ty) = (ident(name), argument_type(printer, argument));
        quote!(, #name: #ty)
    });
    let items = method.takes_items.as_ref().map(|item| {
        let (name, item) = (ident(ITEMS), printer.ty(item));
        let streaming = printer.imports.short("rpc_core", "Streaming");
        quote!(, #name: #streaming<#item>)
    });
    let output = output(printer, method);
    let name = ident(name);
    quote! {
        #about
        #options
        async fn #name(&self #(#arguments)* #items) #output;
    }
}

/// The comment of a method, and those of its arguments, for which Rust has no place.
fn docs(method: &Method, names: &FieldNames) -> Docs {
    let mut docs = method.named.docs.clone();
    let of_arguments =
        method.arguments.iter().zip(names.iter()).filter(|(argument, _)| !argument.named.docs.is_empty());
    let of_arguments: Vec<String> =
        of_arguments.map(|(argument, name)| format!("- `{name}`: {}", argument.named.docs.join(" "))).collect();
    if !docs.is_empty() && !of_arguments.is_empty() {
        docs.push(String::new());
    }
    docs.extend(of_arguments);
    docs
}

/// What is said of a method to `#[service]`.
fn options(method: &Method, name: &str) -> Option<TokenStream> {
    let mut options = Vec::new();
    if method.oneway {
        options.push(quote!(oneway));
    }
    if method.idempotent {
        options.push(quote!(idempotent));
    }
    if method.named.name != name {
        let wire = &method.named.name;
        options.push(quote!(name = #wire));
    }
    let tags: Vec<i32> = method.arguments.iter().filter_map(|argument| argument.tag).collect();
    if !tags.iter().copied().eq((1..).take(tags.len())) {
        let tags: Vec<String> = tags.iter().map(i32::to_string).collect();
        let tags = tags.join(", ");
        options.push(quote!(tags = #tags));
    }
    (!options.is_empty()).then(|| quote!(#[rpc(#(#options),*)]))
}

/// Texts and bytes are lent; all else is given away.
fn argument_type(printer: &Printer<'_>, argument: &Field) -> TokenStream {
    match (argument.presence, &argument.ty) {
        (Presence::Optional, ty) => {
            let ty = printer.ty(ty);
            quote!(Option<#ty>)
        }
        (_, Type::String) => quote!(&str),
        (_, Type::Bytes) => quote!(&[u8]),
        (_, ty) => printer.ty(ty),
    }
}

fn output(printer: &Printer<'_>, method: &Method) -> Option<TokenStream> {
    let value = printer.ty(&method.reply);
    let error = match &method.fails {
        Fails::Never => None,
        Fails::WithStatus => Some(printer.imports.short("rpc_core", "Status")),
        Fails::Throws(failure) => Some(printer.path(failure)),
    };
    let stream = || printer.imports.short("rpc_core", "Stream");
    Some(match (method.gives_items, error) {
        (false, None) if method.reply == Type::Unit => return None,
        (false, None) => quote!(-> #value),
        (false, Some(error)) => quote!(-> Result<#value, #error>),
        (true, None) => {
            let stream = stream();
            quote!(-> impl #stream<Item = #value>)
        }
        (true, Some(error)) => {
            let stream = stream();
            quote!(-> Result<impl #stream<Item = Result<#value, #error>>, #error>)
        }
    })
}
