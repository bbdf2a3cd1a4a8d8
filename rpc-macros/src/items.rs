//! Streams in types: how they are spelled, and where their items are.
//!
//! A stream is a `Streaming<T>` to whoever receives it and an `impl Stream<Item = T>` to whoever gives it. Works on the
//! spelling alone, as `owned` does: an alias is not seen through.

use syn::{GenericArgument, PathArguments, PathSegment, Type, TypeParamBound};

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

/// `T` and `E` of `Result<T, E>`. Any other type is a value without an error, and so is the `T` of a `Result<T>`, whose
/// error is hidden in an alias.
pub(crate) fn value_and_error(ty: &Type) -> (&Type, Option<&Type>) {
    match last_segment(ty) {
        Some((name, types)) if name == "Result" && !types.is_empty() => (types[0], types.get(1).copied()),
        _ => (ty, None),
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
