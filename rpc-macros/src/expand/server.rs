//! The server: one `match` that turns a method's index and its bytes into a call of the trait.
//!
//! All arms share one async block, which owns the bytes and lends the arguments out of them; a block per method could
//! not be shown to be `Send`. Its variables have spans of this crate, so that an argument may be called `service`,
//! and the trait's methods are called by their full path, so that no other trait's method of that name is meant.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;

use super::lints;
use crate::model::{Argument, Method, Passing, Service, Stream, Value};

/// `struct QuotesServer`.
pub(crate) fn expand_type(service: &Service) -> TokenStream {
    let (vis, server, runtime) = (&service.syntax.vis, service.type_name("Server"), &service.runtime);
    let about = format!(" Serves an implementation of [`{}`].", service.syntax.ident.unraw());
    let lints = lints();
    quote! {
        #[doc = #about]
        #lints
        #[derive(::core::fmt::Debug)]
        #vis struct #server<__S>(#runtime::__private::Hosted<__S>);
    }
}

/// `impl QuotesServer`, and `Service` for it. The request is taken apart before the future: there it would be kept twice,
/// as what the future was made of and as its parts. The type parameter has a name that no type in an argument has.
pub(crate) fn expand(service: &Service) -> TokenStream {
    let constructors = constructors(service);
    let (ident, server) = (&service.syntax.ident, service.type_name("Server"));
    let arms = service.methods.iter().enumerate().map(|(index, it)| arm(service, index, it));
    let start = quote_spanned! {Span::mixed_site()=>
        fn start(&self, request: __rpc::Request, slot: &mut __rpc::Slot) {
            let service = self.0.service();
            let (method, input, output) = request.into_parts();
            slot.set(async move {
                match method {
                    #(#arms)*
                    other => output.no_method(other),
                }
            });
        }
    };
    quote! {
        #constructors
        impl<__S: #ident> __rpc::Service for #server<__S> {
            fn identity(&self) -> &__rpc::Identity {
                self.0.identity()
            }
            #start
        }
    }
}

fn constructors(service: &Service) -> TokenStream {
    let (vis, ident) = (&service.syntax.vis, &service.syntax.ident);
    let (client, server) = (service.type_name("Client"), service.type_name("Server"));
    quote! {
        impl<__S: #ident> #server<__S> {
            /// Serves `service` under the name of the trait.
            #vis fn new(service: __S) -> Self {
                Self::from_arc(__rpc::Arc::new(service))
            }
            /// Serves a `service` that others hold as well.
            #vis fn from_arc(service: __rpc::Arc<__S>) -> Self {
                Self(__rpc::Hosted::new(service, #client::DESCRIPTOR))
            }
            /// The same service under another name.
            #vis fn named(self, name: impl __rpc::Into<__rpc::String>) -> Self {
                Self(self.0.named(name))
            }
        }
    }
}

fn arm(service: &Service, index: usize, method: &Method) -> TokenStream {
    let (index, service_trait, ident) = (Literal::usize_unsuffixed(index), &service.syntax.ident, method.ident());
    let (names, types): (Vec<_>, Vec<_>) = method.arguments.iter().filter_map(decoded).unzip();
    let streams = method.arguments.iter().filter_map(taken);
    let values = method.arguments.iter().map(passed_value);
    let called = quote_spanned! {Span::mixed_site()=> #service_trait::#ident(&*service, #(#values),*).await };
    let answer = match &method.reply.stream {
        None => once(method, &called),
        Some(stream) => streamed(stream, &method.reply.value, &called),
    };
    quote_spanned! {Span::mixed_site()=>
        #index => {
            let (#(#names,)*) = input.args::<(#(#types,)*)>()?;
            #(#streams)*
            #answer
        }
    }
}

fn once(method: &Method, called: &TokenStream) -> TokenStream {
    let finish = match (method.reply.value.in_one_run, &method.reply.error) {
        _ if method.options.oneway => quote!(nothing),
        (false, None) => quote!(value),
        (false, Some(_)) => quote!(result),
        (true, None) => quote!(bytes),
        (true, Some(_)) => quote!(bytes_result),
    };
    quote_spanned! {Span::mixed_site()=> output.#finish(#called) }
}

fn streamed(stream: &Stream, value: &Value, called: &TokenStream) -> TokenStream {
    let finish = match stream.in_result {
        false => quote!(stream),
        true => quote!(try_stream),
    };
    let each = match (value.in_one_run, stream.of_results) {
        (false, false) => quote!(item),
        (false, true) => quote!(item_result),
        (true, false) => quote!(byte_item),
        (true, true) => quote!(byte_item_result),
    };
    quote_spanned! {Span::mixed_site()=>
        let items = #called;
        output.#finish(items, __rpc::#each).await
    }
}

/// The name and the type of what is decoded from the request.
fn decoded(argument: &Argument) -> Option<(&Option<Ident>, TokenStream)> {
    let ty = match &argument.passing {
        Passing::Str => quote!(__rpc::Str<'_>),
        Passing::Blob => quote!(__rpc::Blob<'_>),
        Passing::Buffer => quote!(__rpc::Buffer),
        Passing::Slice(element) => quote!(__rpc::Vec<#element>),
        Passing::Lent(ty) | Passing::Owned(ty) => quote!(#ty),
        Passing::Items(_) => return None,
    };
    Some((&argument.name, ty))
}

/// What takes the items that follow the request.
fn taken(argument: &Argument) -> Option<TokenStream> {
    let (Passing::Items(Value { ty, in_one_run }), name) = (&argument.passing, &argument.name) else { return None };
    Some(match in_one_run {
        false => quote_spanned! {Span::mixed_site()=> let #name = input.items::<#ty>(); },
        true => quote_spanned! {Span::mixed_site()=> let #name = input.byte_items(); },
    })
}

fn passed_value(argument: &Argument) -> TokenStream {
    let name = &argument.name;
    match &argument.passing {
        Passing::Buffer => quote!(#name.0),
        Passing::Owned(_) | Passing::Items(_) => quote!(#name),
        Passing::Str | Passing::Blob | Passing::Slice(_) | Passing::Lent(_) => quote!(&#name),
    }
}
