//! The trait itself: what its author wrote, with futures that are `Send`.
//!
//! A server runs handlers on any thread, and a bound on the future of an `async fn` cannot be written by whoever uses
//! the trait; so it is written here, once. An `impl` still writes `async fn`. Knows neither client nor server.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse_quote;

use crate::model::{Method, Service};

/// The trait, with `Send + Sync + 'static` among its supertraits.
pub(super) fn expand(service: &Service) -> TokenStream {
    let syntax = &service.syntax;
    let (attributes, vis, unsafety, ident) = (&syntax.attrs, &syntax.vis, &syntax.unsafety, &syntax.ident);
    let supertraits = syntax.supertraits.iter();
    let methods = service.methods.iter().map(method);
    let others = &service.others;
    quote! {
        #(#attributes)*
        #vis #unsafety trait #ident:
            #(#supertraits +)* ::core::marker::Send + ::core::marker::Sync + 'static
        {
            #(#methods)*
            #(#others)*
        }
    }
}

fn method(method: &Method) -> TokenStream {
    let attributes = method.attributes();
    let output = method.output().map_or_else(|| quote!(()), |ty| quote!(#ty));
    let mut signature = method.syntax.sig.clone();
    signature.asyncness = None;
    signature.output = parse_quote!(-> impl ::core::future::Future<Output = #output> + ::core::marker::Send);
    match &method.syntax.default {
        None => quote!(#(#attributes)* #signature;),
        Some(body) => quote! {
            #(#attributes)*
            #[allow(clippy::manual_async_fn)]
            #signature { async move #body }
        },
    }
}
