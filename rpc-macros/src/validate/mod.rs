//! The rules: what a trait must be so that it can be served, and what to write where it is not.
//!
//! Each rule is a function named after the mistake; it stands in one of the tables below and has a case of its name
//! among the UI tests. The rules of single options are in `attr`. Nothing here changes what was read.

use quote::ToTokens;
use syn::Error;

use crate::{
    errors::Errors,
    model::{Argument, Method, Service},
};

mod method;
mod service;
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

const METHOD_RULES: [Rule<Method>; 12] = [
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
];

/// The first of these that finds something speaks for the whole argument.
const ARGUMENT_RULES: [Rule<Argument>; 7] = [
    values::pattern_argument,
    values::argument_attribute,
    values::mut_argument,
    values::streaming_argument,
    values::impl_argument,
    values::nested_borrow,
    values::self_in_argument,
];

/// The first of these that finds something speaks for the whole result.
const RESULT_RULES: [Rule<Method>; 6] = [
    values::oneway_with_result,
    values::streaming_result,
    values::impl_result,
    values::borrowed_result,
    values::self_in_result,
    values::result_of_one,
];

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
    let of_arguments = method.arguments.iter().filter_map(|it| ARGUMENT_RULES.iter().find_map(|rule| rule(it)));
    of_method.chain(of_arguments).chain(RESULT_RULES.iter().find_map(|rule| rule(method)))
}

fn mistake(at: impl ToTokens, message: impl Into<String>) -> Error {
    Error::new_spanned(at, message.into())
}

fn all(mistakes: impl Iterator<Item = Error>) -> Option<Error> {
    mistakes.reduce(|mut all, another| {
        all.combine(another);
        all
    })
}
