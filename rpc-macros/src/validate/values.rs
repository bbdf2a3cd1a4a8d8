//! Rules of what travels: arguments and results.
//!
//! Arguments may borrow at the top, results may not, and neither may hide a borrow deeper down: the bytes they would
//! point into are gone when the value is used.

use syn::{Error, ReturnType, Type};

use super::{all, mistake};
use crate::{
    items::{given_by, value_and_error},
    model::{Argument, Method, Passing},
    owned::{advice, bare, borrows, last_segment, mentions, referent, spelling},
};

pub(super) fn pattern_argument(argument: &Argument) -> Option<Error> {
    let pattern = &argument.syntax.pat;
    argument.name.is_none().then(|| mistake(pattern, "an argument is a plain name: take the value apart in the body"))
}

pub(super) fn argument_attribute(argument: &Argument) -> Option<Error> {
    let attribute = argument.syntax.attrs.first()?;
    Some(mistake(attribute, "an argument takes no attributes: remove it"))
}

pub(super) fn mut_argument(argument: &Argument) -> Option<Error> {
    let Type::Reference(reference) = bare(&argument.syntax.ty) else { return None };
    reference.mutability?;
    let shared = spelling(&reference.elem);
    Some(mistake(reference, format!("the caller's value stays where it is: write `&{shared}` and return what changes")))
}

pub(super) fn impl_argument(argument: &Argument) -> Option<Error> {
    let ty = of_request(argument)?;
    mentions(ty, "impl").then(|| mistake(ty, "an argument has one type: write it out instead of `impl`"))
}

pub(super) fn nested_borrow(argument: &Argument) -> Option<Error> {
    let ty = bare(of_request(argument)?);
    let (top, inner) = match ty {
        Type::Reference(reference) => ("&", &*reference.elem),
        other => ("", other),
    };
    let message = || format!("an argument borrows at the top only: {}", advice(top, referent(inner)));
    borrows(inner).then(|| mistake(ty, message()))
}

pub(super) fn self_in_argument(argument: &Argument) -> Option<Error> {
    no_self(of_request(argument)?)
}

pub(super) fn oneway_with_result(method: &Method) -> Option<Error> {
    let arrow = &method.syntax.sig.output;
    let is_mistake = method.options.oneway && matches!(arrow, ReturnType::Type(..));
    is_mistake.then(|| mistake(arrow, "a oneway call has no result: remove it, or remove `oneway`"))
}

pub(super) fn impl_result(method: &Method) -> Option<Error> {
    let ty = beside_items(method)?;
    mentions(ty, "impl").then(|| mistake(ty, "a result has one type: write it out instead of `impl`"))
}

pub(super) fn borrowed_result(method: &Method) -> Option<Error> {
    let ty = beside_items(method)?;
    borrows(ty).then(|| mistake(ty, format!("a result is owned: {}", advice("", ty))))
}

pub(super) fn self_in_result(method: &Method) -> Option<Error> {
    no_self(beside_items(method)?)
}

pub(super) fn result_of_one(method: &Method) -> Option<Error> {
    let ty = method.output()?;
    all([Some(ty), given_by(ty)].into_iter().flatten().filter_map(|ty| {
        let (name, types) = last_segment(ty)?;
        let value = types.first().map_or_else(|| "T".into(), |value| spelling(value));
        (name == "Result" && types.len() != 2)
            .then(|| mistake(ty, format!("the client has to know the error too: write `Result<{value}, YourError>`")))
    }))
}

pub(super) fn no_self(ty: &Type) -> Option<Error> {
    mentions(ty, "Self")
        .then(|| mistake(ty, "the client does not know the type behind `Self`: write a type of its own"))
}

/// The type of an argument that the request has; items, which follow it, have rules of their own.
fn of_request(argument: &Argument) -> Option<&Type> {
    match argument.passing {
        Passing::Items(_) => None,
        _ => Some(&argument.syntax.ty),
    }
}

/// What comes back; of a stream its error alone, since items have rules of their own.
fn beside_items(method: &Method) -> Option<&Type> {
    let ty = method.output()?;
    match method.gives_items() {
        true => value_and_error(ty).1,
        false => Some(ty),
    }
}
