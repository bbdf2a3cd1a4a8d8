//! The options of others that say that something must be there.
//!
//! Known by their names and shapes; whoever uses one has the file at hand that declares it.

use protox::prost_reflect::{DynamicMessage, ExtensionDescriptor, FieldDescriptor, Kind, OneofDescriptor, Value};

/// Whether a message is what options are declared as extensions of.
pub(super) fn is_options(message: &str) -> bool {
    message.strip_prefix("google.protobuf.").is_some_and(|name| name.ends_with("Options"))
}

pub(super) fn field_is_required(field: &FieldDescriptor) -> bool {
    field.options().extensions().any(|(option, value)| match option.full_name() {
        "google.api.field_behavior" => names_required(&option, value),
        "buf.validate.field" => says(value, &["required"]),
        "validate.rules" => says(value, &["message", "required"]),
        _ => false,
    })
}

pub(super) fn oneof_is_required(oneof: &OneofDescriptor) -> bool {
    oneof.options().extensions().any(|(option, value)| match option.full_name() {
        "buf.validate.oneof" => says(value, &["required"]),
        "validate.required" => value.as_bool() == Some(true),
        _ => false,
    })
}

/// Whether a list of enum values has the one that is called `REQUIRED`.
fn names_required(option: &ExtensionDescriptor, values: &Value) -> bool {
    let Kind::Enum(declared) = option.kind() else { return false };
    let Some(required) = declared.get_value_by_name("REQUIRED") else { return false };
    let Some(values) = values.as_list() else { return false };
    values.iter().any(|value| value.as_enum_number() == Some(required.number()))
}

/// Whether a message has `true` where the names of fields lead.
fn says(value: &Value, path: &[&str]) -> bool {
    match path {
        [] => value.as_bool() == Some(true),
        [field, rest @ ..] => {
            let inner = value.as_message().and_then(|message| set(message, field));
            inner.is_some_and(|inner| says(&inner, rest))
        }
    }
}

fn set(message: &DynamicMessage, field: &str) -> Option<Value> {
    message.get_field_by_name(field).map(|value| value.into_owned())
}
