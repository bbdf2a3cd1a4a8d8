//! From a type with tags to code: its constants, and the conversions of an enum of numbers.
//!
//! Everything that the code names is written out in full, so that no name of the user's can change its meaning.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Type, ext::IdentExt, spanned::Spanned};

use super::model::{Entry, Holds, Shape, Tagged};
use crate::expand::lints;

/// The code of a type in which there is no mistake.
pub(super) fn expand(tagged: &Tagged) -> TokenStream {
    let tags = tagged.known().map(tag);
    let assertions = tagged.entries.iter().enumerate().filter_map(|(at, entry)| assertions(tagged, at, entry));
    let conversions = (tagged.shape == Shape::Numbers).then(|| {
        let ident = &tagged.ident;
        let (names, numbers): (Vec<_>, Vec<_>) = tagged.known().map(|it| (&it.ident, number(it))).unzip();
        let unknown = tagged.unknown().map(|unknown| &unknown.ident).into_iter();
        let to_number = quote! {
            match value {
                #(#ident::#names => #numbers,)*
                #(#ident::#unknown(number) => number,)*
            }
        };
        conversions(tagged, &to_number, &of_number(tagged))
    });
    within(tagged, &[constants(tagged, tags), quote!(#(#assertions)*), quote!(#conversions)])
}

/// What stays after a mistake, so that whoever uses the type makes no further one.
pub(super) fn without_entries(tagged: &Tagged) -> TokenStream {
    let never = quote!(loop {});
    let conversions = (tagged.shape == Shape::Numbers).then(|| conversions(tagged, &never, &never));
    within(tagged, &[constants(tagged, [].into_iter()), quote!(#conversions)])
}

/// The block keeps the short name of the runtime to itself.
fn within(tagged: &Tagged, parts: &[TokenStream]) -> TokenStream {
    let (lints, runtime) = (lints(), &tagged.runtime);
    quote! {
        #lints
        const _: () = {
            use #runtime::__private as __rpc;
            #(#parts)*
        };
    }
}

/// `impl Tagged`.
fn constants(tagged: &Tagged, tags: impl Iterator<Item = TokenStream>) -> TokenStream {
    let shape = match tagged.shape {
        Shape::Struct => quote!(Struct),
        Shape::OneOf => quote!(OneOf),
        Shape::Numbers => quote!(Numbers),
    };
    let ident = &tagged.ident;
    let (impl_generics, type_generics, where_clause) = tagged.generics.split_for_impl();
    quote! {
        impl #impl_generics __rpc::Tagged for #ident #type_generics #where_clause {
            const SHAPE: __rpc::Shape = __rpc::Shape::#shape;
            const TAGS: &'static [__rpc::Tag] = &[#(#tags),*];
        }
    }
}

fn tag(entry: &Entry) -> TokenStream {
    let name = entry.name();
    let required = entry.options.required.then(|| quote!(.required()));
    let written = entry.options.written.as_ref().map(|written| quote!(.written(#written)));
    match oneof(entry) {
        Some(ty) => quote_spanned! {place(ty)=>
            __rpc::Tag::oneof(#name, <#ty as __rpc::Tagged>::TAGS) #required
        },
        None => {
            let number = number(entry);
            quote!(__rpc::Tag::new(#name, #number) #required #written)
        }
    }
}

/// What the compiler finds of a field that is a oneof, since we do not see its type.
fn assertions(tagged: &Tagged, at: usize, entry: &Entry) -> Option<TokenStream> {
    let (ty, ident, name) = (oneof(entry)?, &tagged.ident, entry.name());
    let at = Literal::usize_unsuffixed(at);
    let kind = format!("`{name}` is no oneof: write `#[rpc(tag = 1)]` above it");
    let apart = format!("a variant of `{name}` has a tag that `{ident}` has elsewhere: give one of them another");
    Some(quote_spanned! {place(ty)=>
        // Hundreds of variants beside hundreds of fields take the compiler a while, and end.
        #[allow(long_running_const_eval)]
        const _: () = {
            ::core::assert!(!::core::matches!(<#ty as __rpc::Tagged>::SHAPE, __rpc::Shape::Struct), #kind);
            ::core::assert!(__rpc::is_apart(<#ident as __rpc::Tagged>::TAGS, #at), #apart);
        };
    })
}

/// The place of a type, for code that is ours and not its author's, whose lints do not look at it.
fn place(ty: &Type) -> Span {
    Span::call_site().located_at(ty.span())
}

/// The type of a field that is a oneof.
fn oneof(entry: &Entry) -> Option<&Type> {
    match (&entry.options.oneof, &entry.holds) {
        (Some(_), Holds::One(ty)) => Some(ty),
        _ => None,
    }
}

/// An enum of numbers and its number, each made of the other, in `value` and `number`.
fn conversions(tagged: &Tagged, to_number: &TokenStream, of_number: &TokenStream) -> TokenStream {
    let ident = &tagged.ident;
    let (impl_generics, type_generics, where_clause) = tagged.generics.split_for_impl();
    let back = match tagged.unknown() {
        Some(_) => quote! {
            impl #impl_generics ::core::convert::From<::core::primitive::i32> for #ident #type_generics #where_clause {
                fn from(number: ::core::primitive::i32) -> Self {
                    #of_number
                }
            }
        },
        None => quote! {
            impl #impl_generics ::core::convert::TryFrom<::core::primitive::i32>
                for #ident #type_generics #where_clause
            {
                type Error = __rpc::UnknownNumber;
                fn try_from(
                    number: ::core::primitive::i32,
                ) -> ::core::result::Result<Self, __rpc::UnknownNumber> {
                    #of_number
                }
            }
        },
    };
    quote! {
        impl #impl_generics ::core::convert::From<#ident #type_generics> for ::core::primitive::i32 #where_clause {
            fn from(value: #ident #type_generics) -> Self {
                #to_number
            }
        }
        #back
    }
}

/// What a number makes of itself, known or not.
fn of_number(tagged: &Tagged) -> TokenStream {
    let ident = &tagged.ident;
    let (names, numbers): (Vec<_>, Vec<_>) = tagged.known().map(|it| (&it.ident, number(it))).unzip();
    match tagged.unknown().map(|unknown| &unknown.ident) {
        Some(unknown) => quote! {
            match number {
                #(#numbers => #ident::#names,)*
                _ => #ident::#unknown(number),
            }
        },
        None => {
            let name = tagged.ident.unraw().to_string();
            quote! {
                ::core::result::Result::Ok(match number {
                    #(#numbers => #ident::#names,)*
                    _ => return ::core::result::Result::Err(__rpc::UnknownNumber { name: #name, number }),
                })
            }
        }
    }
}

/// The number as it is written; a sign is a token of its own.
fn number(entry: &Entry) -> TokenStream {
    let number = entry.number().unwrap_or_default();
    let digits = Literal::u128_unsuffixed(number.unsigned_abs());
    match number < 0 {
        true => quote!(-#digits),
        false => digits.into_token_stream(),
    }
}
