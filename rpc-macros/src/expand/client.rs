//! The client: one method per method of the trait, each a single expression that makes a call.
//!
//! Knows how values go out, not how they come in.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::ext::IdentExt;

use super::{descriptor, lints};
use crate::model::{Argument, Method, Passing, Reply, Service, Value};

/// `struct QuotesClient`.
pub(crate) fn expand_type(service: &Service) -> TokenStream {
    let (vis, client, runtime) = (&service.syntax.vis, service.type_name("Client"), &service.runtime);
    let about = format!(
        " Client of [`{}`]: every method is a call, which is sent when it is polled. Cheap to clone.",
        service.syntax.ident.unraw()
    );
    let lints = lints();
    quote! {
        #[doc = #about]
        #lints
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #vis struct #client {
            stub: #runtime::__private::Stub,
        }
    }
}

/// `impl QuotesClient`.
pub(crate) fn expand(service: &Service) -> TokenStream {
    let (vis, ident) = (&service.syntax.vis, &service.syntax.ident);
    let (client, server) = (service.type_name("Client"), service.type_name("Server"));
    let descriptor = descriptor::expand(service);
    let methods = service.methods.iter().enumerate().map(|(index, it)| method(service, index, it));
    quote! {
        impl #client {
            #descriptor
            /// A client that calls over `channel`.
            #vis fn new(channel: __rpc::Channel) -> Self {
                Self { stub: __rpc::Stub::new(channel, Self::DESCRIPTOR) }
            }
            /// Dials `url`, such as `tcp://127.0.0.1:7000`, and fails if nobody answers.
            #vis async fn connect(url: &str) -> __rpc::Result<Self, __rpc::ConnectError> {
                __rpc::Channel::connect(url).await.map(Self::new)
            }
            /// A client of a service in this process: no socket, but values are encoded all the same.
            #vis fn in_process(service: impl #ident) -> Self {
                Self::new(__rpc::in_process(#server::new(service)))
            }
            /// The same client, of a service that goes by another name.
            #vis fn named(self, name: impl __rpc::Into<__rpc::String>) -> Self {
                Self { stub: self.stub.named(name) }
            }
            #(#methods)*
        }
    }
}

fn method(service: &Service, index: usize, method: &Method) -> TokenStream {
    let (vis, ident, attributes) = (&service.syntax.vis, method.ident(), documentation(method));
    let names = method.arguments.iter().map(|argument| &argument.name);
    let types = method.arguments.iter().map(parameter_type);
    let (sent_types, sent_values): (Vec<_>, Vec<_>) = method.arguments.iter().filter_map(sent).unzip();
    let sending = method.arguments.iter().filter_map(sending);
    let value = &method.reply.value.ty;
    let error = method.reply.error.as_ref().map_or_else(|| quote!(__rpc::Infallible), |error| quote!(#error));
    let (generics, receiver, lifetime) = match method.arguments.iter().any(Argument::is_borrowed) {
        true => (quote!(<'a>), quote!(&'a self), quote!('a)),
        false => (quote!(), quote!(&self), quote!('_)),
    };
    let index = Literal::usize_unsuffixed(index);
    let (call_type, call) = call(&method.reply);
    quote! {
        #(#attributes)*
        #vis fn #ident #generics(#receiver, #(#names: #types),*)
            -> __rpc::#call_type<#lifetime, (#(#sent_types,)*), #value, #error>
        {
            self.stub.#call(&Self::DESCRIPTOR.methods[#index], (#(#sent_values,)*))#(#sending)*
        }
    }
}

/// The type of a call, and the method of the stub that makes it.
fn call(reply: &Reply) -> (TokenStream, TokenStream) {
    match (&reply.stream, reply.value.in_one_run, &reply.error) {
        (None, false, None) => (quote!(Call), quote!(call)),
        (None, false, Some(_)) => (quote!(Call), quote!(try_call)),
        (None, true, None) => (quote!(Call), quote!(call_bytes)),
        (None, true, Some(_)) => (quote!(Call), quote!(try_call_bytes)),
        (Some(_), false, None) => (quote!(StreamCall), quote!(stream)),
        (Some(_), false, Some(_)) => (quote!(StreamCall), quote!(try_stream)),
        (Some(_), true, None) => (quote!(StreamCall), quote!(stream_bytes)),
        (Some(_), true, Some(_)) => (quote!(StreamCall), quote!(try_stream_bytes)),
    }
}

/// What the trait says of the method to its callers.
fn documentation(method: &Method) -> Vec<TokenStream> {
    let named = |name| method.attributes().filter(move |it| it.path().is_ident(name)).map(|it| quote!(#it));
    let mut documentation: Vec<_> = named("doc").collect();
    if documentation.is_empty() {
        let about = format!(" Calls `{}`.", method.ident().unraw());
        documentation.push(quote!(#[doc = #about]));
    }
    documentation.extend(named("deprecated"));
    documentation
}

fn parameter_type(argument: &Argument) -> TokenStream {
    let ty = &argument.syntax.ty;
    match &argument.passing {
        Passing::Str => quote!(&'a str),
        Passing::Blob => quote!(&'a [u8]),
        Passing::Slice(element) => quote!(&'a [#element]),
        Passing::Lent(ty) => quote!(&'a #ty),
        Passing::Buffer | Passing::Owned(_) => quote!(#ty),
        Passing::Items(Value { ty, .. }) => quote!(impl __rpc::Stream<Item = #ty> + ::core::marker::Send + 'static),
    }
}

/// The type and the value of what goes into the request.
fn sent(argument: &Argument) -> Option<(TokenStream, TokenStream)> {
    let name = &argument.name;
    Some(match &argument.passing {
        Passing::Str => (quote!(__rpc::Str<'a>), quote!(__rpc::Str::from(#name))),
        Passing::Blob => (quote!(__rpc::Blob<'a>), quote!(__rpc::Blob::from(#name))),
        Passing::Buffer => (quote!(__rpc::Buffer), quote!(__rpc::Buffer(#name))),
        Passing::Slice(element) => (quote!(&'a [#element]), quote!(#name)),
        Passing::Lent(ty) => (quote!(&'a #ty), quote!(#name)),
        Passing::Owned(ty) => (quote!(#ty), quote!(#name)),
        Passing::Items(_) => return None,
    })
}

/// What hands the items over that follow the request.
fn sending(argument: &Argument) -> Option<TokenStream> {
    let name = &argument.name;
    match &argument.passing {
        Passing::Items(Value { in_one_run: false, .. }) => Some(quote!(.sending(#name))),
        Passing::Items(Value { in_one_run: true, .. }) => Some(quote!(.sending_bytes(#name))),
        _ => None,
    }
}
