//! The trait itself: what its author wrote, with futures that are `Send`.
//!
//! A server runs handlers on any thread, and a bound on the future of an `async fn` cannot be written by whoever uses
//! the trait; so it is written here, once, and likewise for streams. An `impl` still writes `async fn`. Knows neither
//! client nor server.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{GenericArgument, PathArguments, Type, TypePath, parse_quote};

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
    let mut output = method.output().cloned().unwrap_or_else(|| parse_quote!(()));
    if method.gives_items() {
        make_sendable(&mut output);
    }
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

/// Has the stream of a result be `Send`: `impl Stream<..>`, alone or in `Result<_, E>`.
fn make_sendable(result: &mut Type) {
    match result {
        Type::ImplTrait(stream) => stream.bounds.push(parse_quote!(::core::marker::Send)),
        Type::Group(group) => make_sendable(&mut group.elem),
        Type::Paren(paren) => make_sendable(&mut paren.elem),
        Type::Path(path) => first_parameter(path).into_iter().for_each(make_sendable),
        _ => {}
    }
}

fn first_parameter(path: &mut TypePath) -> Option<&mut Type> {
    match &mut path.path.segments.last_mut()?.arguments {
        PathArguments::AngleBracketed(brackets) => match brackets.args.first_mut()? {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        },
        _ => None,
    }
}
