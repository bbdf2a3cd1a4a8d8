//! Rules of streams: where one may stand in a method, and what its items may be.
//!
//! A method takes one stream at most and gives one at most, each by itself: the frames of a call do not say to which of
//! several streams, or to which place in a value, an item belongs. An item is what a result is: owned, and of a type
//! that both sides know.

use syn::{Error, Type, parse_quote};

use super::{all, mistake, values::no_self};
use crate::{
    items::{first_stream, given, is_impl_stream, is_streaming, item, value_and_error},
    model::{Argument, Method, Passing},
    owned::{advice, borrows, mentions, spelling},
};

pub(super) fn two_streams(method: &Method) -> Option<Error> {
    let streams = method.arguments.iter().filter(|argument| matches!(argument.passing, Passing::Items(_)));
    let message = "a call takes one stream: make the items of both one `enum`";
    all(streams.skip(1).map(|argument| mistake(&argument.syntax.ty, message)))
}

pub(super) fn oneway_with_stream(method: &Method) -> Option<Error> {
    let stream = method.arguments.iter().find(|argument| matches!(argument.passing, Passing::Items(_)))?;
    let message = "nothing follows a oneway: pass the items together, as a `Vec`, or remove `oneway`";
    method.options.oneway.then(|| mistake(&stream.syntax.ty, message))
}

pub(super) fn idle_timeout_without_stream(method: &Method) -> Option<Error> {
    let (option, _) = method.options.idle_timeout.as_ref()?;
    let mut types = method.arguments.iter().map(|argument| &*argument.syntax.ty).chain(method.output());
    let message = "only a stream can fall idle: remove `idle_timeout`, or write `timeout`";
    types.all(|ty| first_stream(ty).is_none()).then(|| mistake(option, message))
}

pub(super) fn impl_stream_argument(argument: &Argument) -> Option<Error> {
    let ty = &argument.syntax.ty;
    is_impl_stream(ty).then(|| mistake(ty, format!("an argument has one type: {}", as_argument(ty))))
}

pub(super) fn nested_stream_argument(argument: &Argument) -> Option<Error> {
    let ty = &argument.syntax.ty;
    let nested = match is_streaming(ty) {
        true => item(ty).and_then(first_stream),
        false => first_stream(ty),
    };
    nested.map(|stream| mistake(ty, format!("a stream is an argument by itself: {}", as_argument(stream))))
}

pub(super) fn parameters_of_streaming(argument: &Argument) -> Option<Error> {
    let ty = &argument.syntax.ty;
    let is_mistake = is_streaming(ty) && !matches!(argument.passing, Passing::Items(_));
    is_mistake
        .then(|| mistake(ty, format!("in a service `Streaming` has one parameter, the items: {}", as_argument(ty))))
}

pub(super) fn streaming_result(method: &Method) -> Option<Error> {
    let (ty, _) = value_and_error(method.output()?);
    is_streaming(ty).then(|| mistake(ty, format!("the implementation chooses its stream: {}", as_result(ty))))
}

pub(super) fn nested_stream_result(method: &Method) -> Option<Error> {
    let ty = method.output()?;
    let (value, error) = value_and_error(ty);
    let in_value = match is_impl_stream(value) {
        true => item(value).and_then(first_stream),
        false => first_stream(value),
    };
    let message = |stream| format!("a stream is a result by itself, or the value of a `Result`: {}", as_result(stream));
    match in_value {
        Some(stream) => Some(mistake(value, message(stream))),
        None => error.and_then(first_stream).map(|stream| mistake(ty, message(stream))),
    }
}

pub(super) fn stream_without_item(method: &Method) -> Option<Error> {
    let (ty, _) = value_and_error(method.output()?);
    let is_mistake = is_impl_stream(ty) && given(ty).is_none();
    is_mistake.then(|| mistake(ty, format!("the client has to know the items: {}", as_result(ty))))
}

pub(super) fn two_errors(method: &Method) -> Option<Error> {
    let (value, error) = value_and_error(method.output()?);
    let (error, other) = (spelling(error?), value_and_error(given(value)?).1?);
    let message = || format!("a method has one error: write `{error}` here as well, or one `enum` in both places");
    (spelling(other) != error).then(|| mistake(other, message()))
}

pub(super) fn impl_item(item: &Type) -> Option<Error> {
    mentions(item, "impl").then(|| mistake(item, "an item has one type: write it out instead of `impl`"))
}

pub(super) fn borrowed_item(item: &Type) -> Option<Error> {
    borrows(item).then(|| mistake(item, format!("an item is owned: {}", advice("", item))))
}

pub(super) fn self_in_item(item: &Type) -> Option<Error> {
    no_self(item)
}

/// How to write a stream that is received.
fn as_argument(stream: &Type) -> String {
    let item = item_or_t(stream);
    advice("", &parse_quote!(Streaming<#item>))
}

/// How to write a stream that is given.
fn as_result(stream: &Type) -> String {
    let item = item_or_t(stream);
    advice("", &parse_quote!(impl Stream<Item = #item>))
}

fn item_or_t(stream: &Type) -> Type {
    item(stream).cloned().unwrap_or_else(|| parse_quote!(T))
}
