//! From a service to code: the trait, its client and its server.
//!
//! The code is a thin typed shim over the runtime, and everything it names is written out in full, so that no name of
//! the user's can change its meaning. The budget per service and per method is held by `golden`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Item};

use crate::{attr, errors::Errors, fallback, model::Service, validate};

pub(crate) mod client;
mod descriptor;
pub(crate) mod server;
mod service_trait;

/// The whole way of `#[service(options)] item`.
pub(crate) fn service(options: TokenStream, item: TokenStream) -> TokenStream {
    let syntax = match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Trait(syntax)) => syntax,
        Ok(other) => return with_error(&not_a_trait(&other), &item),
        Err(error) => return with_error(&error, &item),
    };
    let mut errors = Errors::new();
    let options = attr::service(options, &mut errors);
    let service = Service::read(syntax, options, &mut errors);
    validate::check(&service, &mut errors);
    match errors.finish().as_slice() {
        [] => expand(&service),
        mistakes => fallback::expand(service, mistakes),
    }
}

/// The code of a service in which there is no mistake.
pub(crate) fn expand(service: &Service) -> TokenStream {
    let runtime = &service.runtime;
    let service_trait = service_trait::expand(service);
    let client_type = client::expand_type(service);
    let client = client::expand(service);
    let server_type = server::expand_type(service);
    let server = server::expand(service);
    let lints = lints();
    // The block keeps the short name of the runtime to itself.
    quote! {
        #service_trait
        #client_type
        #server_type
        #lints
        const _: () = {
            use #runtime::__private as __rpc;
            #client
            #server
        };
    }
}

/// Whether generated code is to the taste of the user's lints is not the user's concern.
pub(crate) fn lints() -> TokenStream {
    quote!(#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)])
}

fn not_a_trait(item: &Item) -> Error {
    Error::new_spanned(item, "a service is a trait: write `#[service] pub trait Name { .. }`")
}

fn with_error(error: &Error, item: &TokenStream) -> TokenStream {
    let error = error.to_compile_error();
    quote! { #error #item }
}
