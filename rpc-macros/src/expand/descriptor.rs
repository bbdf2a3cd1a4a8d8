//! The static facts of a service and its methods, as one constant.
//!
//! Does not know ids: the runtime makes them of the names.

use std::time::Duration;

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::model::{Method, Service};

/// `const DESCRIPTOR`, an item of the client's `impl`.
pub(super) fn expand(service: &Service) -> TokenStream {
    let vis = &service.syntax.vis;
    let name = &service.name;
    let methods = service.methods.iter().map(method);
    quote! {
        /// The service's name and its methods, in the order of declaration.
        #vis const DESCRIPTOR: &'static __rpc::ServiceDescriptor = &__rpc::ServiceDescriptor {
            name: #name,
            methods: &[#(#methods),*],
        };
    }
}

fn method(method: &Method) -> TokenStream {
    let name = &method.name;
    let oneway = method.options.oneway.then(|| quote!(.oneway()));
    let idempotent = method.options.idempotent.then(|| quote!(.idempotent()));
    let takes_items = method.takes_items().then(|| quote!(.takes_items()));
    let gives_items = method.gives_items().then(|| quote!(.gives_items()));
    let timeout = method.options.timeout.map(duration).map(|timeout| quote!(.timeout(#timeout)));
    let idle_timeout = method.options.idle_timeout.as_ref().map(|(_, timeout)| duration(*timeout));
    let idle_timeout = idle_timeout.map(|timeout| quote!(.idle_timeout(#timeout)));
    let tags = method.options.tags.as_ref().map(|(_, tags)| argument_tags(tags));
    quote! {
        __rpc::MethodDescriptor::new(#name)
            #oneway #idempotent #takes_items #gives_items #timeout #idle_timeout #tags
    }
}

fn duration(duration: Duration) -> TokenStream {
    let micros = Literal::u128_unsuffixed(duration.as_micros());
    quote!(__rpc::Duration::from_micros(#micros))
}

fn argument_tags(tags: &[i16]) -> TokenStream {
    let tags = tags.iter().map(|tag| {
        let digits = Literal::u16_unsuffixed(tag.unsigned_abs());
        if *tag < 0 { quote!(-#digits) } else { quote!(#digits) }
    });
    quote!(.argument_tags(&[#(#tags),*]))
}
