//! Streams in types: how they are spelled, and where their items are.
//!
//! A stream is a `Streaming<T>` to whoever receives it and an `impl Stream<Item = T>` to whoever gives it. Works on the
//! spelling alone, as `owned` does: an alias is not seen through.

use syn::{GenericArgument, PathArguments, PathSegment, Token, Type, TypeParamBound, punctuated::Punctuated};

use crate::owned::{bare, last_segment};

/// The `T` of `Streaming<T>`.
pub(crate) fn received(ty: &Type) -> Option<&Type> {
    match last_segment(ty)? {
        (name, types) if name == "Streaming" && types.len() == 1 => Some(types[0]),
        _ => None,
    }
}

/// The `T` of `impl Stream<Item = T>`.
pub(crate) fn given(ty: &Type) -> Option<&Type> {
    match bare(ty) {
        Type::ImplTrait(stream) => item_of(stream.bounds.iter()),
        _ => None,
    }
}

/// The `T` of `impl Stream<Item = T>` that is a result, or the value of a `Result`.
pub(crate) fn given_by(result: &Type) -> Option<&Type> {
    given(value_and_error(result).0)
}

/// The first stream in a type, however it is spelled: the type itself, or one inside of it.
pub(crate) fn first_stream(ty: &Type) -> Option<&Type> {
    match is_stream(ty) {
        true => Some(ty),
        false => parts(bare(ty)).into_iter().find_map(first_stream),
    }
}

/// Whether a type is a stream, however it is spelled.
fn is_stream(ty: &Type) -> bool {
    match bounds(ty) {
        Some(bounds) => bounds.iter().filter_map(last_of_bound).any(|segment| segment.ident == "Stream"),
        None => is_streaming(ty) || last_segment(ty).is_some_and(|(name, _)| name == "BoxStream"),
    }
}

/// Whether a type is `Streaming`, with or without parameters.
pub(crate) fn is_streaming(ty: &Type) -> bool {
    last_segment(ty).is_some_and(|(name, _)| name == "Streaming")
}

/// Whether a type is `impl Stream`, with or without `Item`.
pub(crate) fn is_impl_stream(ty: &Type) -> bool {
    matches!(bare(ty), Type::ImplTrait(_)) && is_stream(ty)
}

/// What a stream says of its items, however it is spelled.
pub(crate) fn item(stream: &Type) -> Option<&Type> {
    match bounds(stream) {
        Some(bounds) => item_of(bounds.iter()),
        None => last_segment(stream)?.1.first().copied(),
    }
}

/// `T` and `E` of `Result<T, E>`. Any other type is a value without an error, and so is the `T` of a `Result<T>`, whose
/// error is hidden in an alias.
pub(crate) fn value_and_error(ty: &Type) -> (&Type, Option<&Type>) {
    match last_segment(ty) {
        Some((name, types)) if name == "Result" && !types.is_empty() => (types[0], types.get(1).copied()),
        _ => (ty, None),
    }
}

/// The types that a type is made of.
fn parts(ty: &Type) -> Vec<&Type> {
    match ty {
        Type::Reference(reference) => vec![&*reference.elem],
        Type::Slice(slice) => vec![&*slice.elem],
        Type::Array(array) => vec![&*array.elem],
        Type::Tuple(tuple) => tuple.elems.iter().collect(),
        Type::Path(path) => path.path.segments.iter().flat_map(types_of).collect(),
        other => bounds(other).into_iter().flatten().filter_map(last_of_bound).flat_map(types_of).collect(),
    }
}

fn types_of(segment: &PathSegment) -> impl Iterator<Item = &Type> {
    arguments_of(segment).filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        GenericArgument::AssocType(binding) => Some(&binding.ty),
        _ => None,
    })
}

/// What is said of a type that has no name: `impl Stream + Send`, `dyn Stream`.
fn bounds(ty: &Type) -> Option<&Punctuated<TypeParamBound, Token![+]>> {
    match bare(ty) {
        Type::ImplTrait(unnamed) => Some(&unnamed.bounds),
        Type::TraitObject(unnamed) => Some(&unnamed.bounds),
        _ => None,
    }
}

/// The `T` of the first bound `Stream<Item = T>`.
fn item_of<'a>(bounds: impl Iterator<Item = &'a TypeParamBound>) -> Option<&'a Type> {
    let streams = bounds.filter_map(last_of_bound).filter(|segment| segment.ident == "Stream");
    let mut arguments = streams.flat_map(arguments_of);
    arguments.find_map(|argument| match argument {
        GenericArgument::AssocType(binding) if binding.ident == "Item" => Some(&binding.ty),
        _ => None,
    })
}

fn last_of_bound(bound: &TypeParamBound) -> Option<&PathSegment> {
    match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last(),
        _ => None,
    }
}

fn arguments_of(segment: &PathSegment) -> impl Iterator<Item = &GenericArgument> {
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(brackets) => Some(brackets.args.iter()),
        _ => None,
    };
    arguments.into_iter().flatten()
}
