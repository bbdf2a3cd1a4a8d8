//! The rules: what a trait must be so that it can be served, and what to write where it is not.
//!
//! Each rule is a function named after the mistake; it stands in one of the tables below and has a case of its name
//! among the UI tests. The rules of single options are in `attr`. Nothing here changes what was read.

use quote::ToTokens;
use syn::{Error, Type};

use crate::{
    errors::Errors,
    items::{given_by, received},
    model::{Argument, Method, Service},
};

mod method;
mod service;
mod streams;
mod values;

/// Gives the mistakes, combined into one, if there are any.
type Rule<T> = fn(&T) -> Option<Error>;

const SERVICE_RULES: [Rule<Service>; 7] = [
    service::generic_trait,
    service::where_clause_on_trait,
    service::unsafe_trait,
    service::associated_item,
    service::service_name,
    service::duplicate_method,
    service::duplicate_wire_name,
];

const METHOD_RULES: [Rule<Method>; 16] = [
    method::cfg_on_method,
    method::fn_qualifier,
    method::missing_async,
    method::reserved_name,
    method::method_name,
    method::generic_method,
    method::where_clause_on_method,
    method::named_lifetime,
    method::missing_self,
    method::self_by_value,
    method::mut_self,
    method::too_many_arguments,
    method::count_of_tags,
    streams::two_streams,
    streams::oneway_with_stream,
    streams::idle_timeout_without_stream,
];

/// The first of these that finds something speaks for the whole argument.
const ARGUMENT_RULES: [Rule<Argument>; 9] = [
    values::pattern_argument,
    values::argument_attribute,
    streams::impl_stream_argument,
    streams::nested_stream_argument,
    streams::parameters_of_streaming,
    values::mut_argument,
    values::impl_argument,
    values::nested_borrow,
    values::self_in_argument,
];

/// The first of these that finds something speaks for the whole result.
const RESULT_RULES: [Rule<Method>; 9] = [
    values::oneway_with_result,
    streams::streaming_result,
    streams::nested_stream_result,
    streams::stream_without_item,
    streams::two_errors,
    values::impl_result,
    values::borrowed_result,
    values::self_in_result,
    values::result_of_one,
];

/// What the items of a stream may be, where it may stand at all. The first of these that finds something speaks.
const ITEM_RULES: [Rule<Type>; 3] = [streams::impl_item, streams::borrowed_item, streams::self_in_item];

/// Holds a service against all rules.
pub(crate) fn check(service: &Service, errors: &mut Errors) {
    let of_service = SERVICE_RULES.iter().filter_map(|rule| rule(service));
    of_service.chain(service.methods.iter().flat_map(mistakes)).for_each(|mistake| errors.add(mistake));
}

/// Whether a method can be generated, whatever is wrong elsewhere in its trait.
pub(crate) fn is_sound(method: &Method) -> bool {
    mistakes(method).next().is_none()
}

fn mistakes(method: &Method) -> impl Iterator<Item = Error> {
    let of_method = METHOD_RULES.iter().filter_map(|rule| rule(method));
    let of_arguments = method.arguments.iter().filter_map(mistake_in_argument);
    of_method.chain(of_arguments).chain(mistake_in_result(method))
}

fn mistake_in_argument(argument: &Argument) -> Option<Error> {
    let found = ARGUMENT_RULES.iter().find_map(|rule| rule(argument));
    found.or_else(|| mistake_in_item(received(&argument.syntax.ty)?))
}

fn mistake_in_result(method: &Method) -> Option<Error> {
    let found = RESULT_RULES.iter().find_map(|rule| rule(method));
    found.or_else(|| mistake_in_item(given_by(method.output()?)?))
}

fn mistake_in_item(item: &Type) -> Option<Error> {
    ITEM_RULES.iter().find_map(|rule| rule(item))
}

/// A mistake: where it is, and what to write instead.
pub(crate) fn mistake(at: impl ToTokens, message: impl Into<String>) -> Error {
    Error::new_spanned(at, message.into())
}

/// Several mistakes as one.
pub(crate) fn all(mistakes: impl Iterator<Item = Error>) -> Option<Error> {
    mistakes.reduce(|mut all, another| {
        all.combine(another);
        all
    })
}
