//! Types that borrow, and what to write in their place.
//!
//! Works on the spelling of a type alone: an alias that hides a reference is not seen through.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{GenericArgument, PathArguments, PathSegment, Type, TypeParamBound, TypePath, parse_quote};

/// The type without the invisible brackets and the parentheses that `macro_rules!` and people put around it.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        other => other,
    }
}

/// The last segment of a path and the types in its angle brackets: `Vec` and `u8` of `std::vec::Vec<u8>`.
pub(crate) fn last_segment(ty: &Type) -> Option<(&Ident, Vec<&Type>)> {
    let Type::Path(path) = bare(ty) else { return None };
    let segment = path.path.segments.last()?;
    Some((&segment.ident, types_of(segment)))
}

fn types_of(segment: &PathSegment) -> Vec<&Type> {
    let PathArguments::AngleBracketed(brackets) = &segment.arguments else { return Vec::new() };
    let types = brackets.args.iter().map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.flatten().collect()
}

/// Whether a type borrows, that is, has a `&` or a lifetime anywhere.
pub(crate) fn borrows(ty: &Type) -> bool {
    contains(ty.to_token_stream(), &|tree| matches!(tree, TokenTree::Punct(punct) if "&'".contains(punct.as_char())))
}

/// Whether a word, such as `Self`, stands anywhere in a type.
pub(crate) fn mentions(ty: &Type, word: &str) -> bool {
    contains(ty.to_token_stream(), &|tree| matches!(tree, TokenTree::Ident(ident) if ident == word))
}

fn contains(tokens: TokenStream, wanted: &dyn Fn(&TokenTree) -> bool) -> bool {
    tokens.into_iter().any(|tree| match &tree {
        TokenTree::Group(group) => contains(group.stream(), wanted),
        other => wanted(other),
    })
}

/// What a reference, or a reference to a reference, refers to in the end.
pub(crate) fn referent(ty: &Type) -> &Type {
    match bare(ty) {
        Type::Reference(reference) => referent(&reference.elem),
        other => other,
    }
}

/// How to write a type so that it does not borrow, after `top`: ``write `Vec<String>` `` for `Vec<&str>`.
pub(crate) fn advice(top: &str, ty: &Type) -> String {
    let owned = owned(ty);
    match borrows(&owned) {
        true => "use a type without a lifetime".into(),
        false => format!("write `{top}{}`", spelling(&owned)),
    }
}

/// The type as a person would write it; tokens print with a space between any two.
pub(crate) fn spelling(ty: &Type) -> String {
    let mut text = quote!(#ty).to_string();
    for (printed, written) in [(" < ", "<"), (" >", ">"), (" ,", ","), ("& ", "&"), (" :: ", "::"), (" ;", ";")] {
        text = text.replace(printed, written);
    }
    text
}

fn owned(ty: &Type) -> Type {
    let mut ty = bare(ty).clone();
    match &mut ty {
        Type::Reference(reference) => return lent(&reference.elem),
        Type::Path(path) => match of_cow(path) {
            Some(borrowed) => return lent(borrowed),
            None => path.path.segments.iter_mut().for_each(own_arguments),
        },
        Type::Slice(slice) => own(&mut slice.elem),
        Type::Array(array) => own(&mut array.elem),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(own),
        Type::ImplTrait(unnamed) => unnamed.bounds.iter_mut().for_each(own_bound),
        _ => {}
    }
    ty
}

fn own(ty: &mut Type) {
    *ty = owned(ty);
}

fn own_arguments(segment: &mut PathSegment) {
    let PathArguments::AngleBracketed(brackets) = &mut segment.arguments else { return };
    for argument in &mut brackets.args {
        match argument {
            GenericArgument::Type(ty) => own(ty),
            GenericArgument::AssocType(binding) => own(&mut binding.ty),
            _ => {}
        }
    }
}

fn own_bound(bound: &mut TypeParamBound) {
    if let TypeParamBound::Trait(bound) = bound {
        bound.path.segments.iter_mut().for_each(own_arguments);
    }
}

/// What to own in place of a reference to `ty`.
fn lent(ty: &Type) -> Type {
    match bare(ty) {
        Type::Path(path) if path.path.is_ident("str") => parse_quote!(String),
        Type::Slice(slice) => {
            let element = owned(&slice.elem);
            parse_quote!(Vec<#element>)
        }
        other => owned(other),
    }
}

/// The `T` of `Cow<'_, T>`.
fn of_cow(path: &TypePath) -> Option<&Type> {
    let segment = path.path.segments.last().filter(|segment| segment.ident == "Cow")?;
    types_of(segment).pop()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_spells_the_owned_type() {
        for (borrowed, expected) in [
            ("&str", "write `String`"),
            ("&'static str", "write `String`"),
            ("&[u8]", "write `Vec<u8>`"),
            ("Vec<&str>", "write `Vec<String>`"),
            ("Option<&[&str]>", "write `Option<Vec<String>>`"),
            ("Cow<'_, str>", "write `String`"),
            ("std::borrow::Cow<'a, [u8]>", "write `Vec<u8>`"),
            ("HashMap<&str, (u8, &Quote)>", "write `HashMap<String, (u8, Quote)>`"),
            ("[&str; 4]", "write `[String; 4]`"),
            ("(&str,)", "write `(String,)`"),
            ("Result<&(str), E>", "write `Result<String, E>`"),
            ("impl Stream<Item = Vec<&str>> + Send", "write `impl Stream<Item = Vec<String>> + Send`"),
            ("Ref<'_, u8>", "use a type without a lifetime"),
        ] {
            assert_eq!(advice("", &syn::parse_str(borrowed).unwrap()), expected, "{borrowed}");
        }
    }

    #[test]
    fn a_type_borrows_if_a_reference_or_a_lifetime_is_anywhere_in_it() {
        for (ty, expected) in [("Vec<u8>", false), ("[u8; 4]", false), ("Vec<Option<&str>>", true), ("Ref<'_>", true)] {
            assert_eq!(borrows(&syn::parse_str(ty).unwrap()), expected, "{ty}");
        }
    }
}
