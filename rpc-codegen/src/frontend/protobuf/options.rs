//! Options that somebody has declared: `(name)`, in parentheses.
//!
//! Most say nothing that matters here. What is wrong with the value of one need not keep a file from being read.

use protox::prost_reflect::prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, ServiceDescriptorProto,
    UninterpretedOption,
};

/// The beginning of what is said of a value that cannot be read, and what follows for such an option.
const WRONG: [&str; 2] = ["invalid value of type '", " for option '("];

/// Whether a mistake is about the value of such an option, and no more.
pub(super) fn is_wrong_value(message: &str) -> bool {
    message.starts_with(WRONG[0]) && message.contains(WRONG[1])
}

/// The file without such options.
pub(super) fn without(file: &FileDescriptorProto) -> FileDescriptorProto {
    let mut file = file.clone();
    file.options.iter_mut().for_each(|it| drop_from(&mut it.uninterpreted_option));
    file.message_type.iter_mut().for_each(of_message);
    file.enum_type.iter_mut().for_each(of_enum);
    file.service.iter_mut().for_each(of_service);
    of_fields(&mut file.extension);
    file
}

fn of_message(message: &mut DescriptorProto) {
    message.options.iter_mut().for_each(|it| drop_from(&mut it.uninterpreted_option));
    of_fields(&mut message.field);
    of_fields(&mut message.extension);
    message.oneof_decl.iter_mut().flat_map(|it| &mut it.options).for_each(|it| drop_from(&mut it.uninterpreted_option));
    let ranges = message.extension_range.iter_mut().flat_map(|it| &mut it.options);
    ranges.for_each(|it| drop_from(&mut it.uninterpreted_option));
    message.nested_type.iter_mut().for_each(of_message);
    message.enum_type.iter_mut().for_each(of_enum);
}

fn of_fields(fields: &mut [FieldDescriptorProto]) {
    fields.iter_mut().flat_map(|it| &mut it.options).for_each(|it| drop_from(&mut it.uninterpreted_option));
}

fn of_enum(declared: &mut EnumDescriptorProto) {
    declared.options.iter_mut().for_each(|it| drop_from(&mut it.uninterpreted_option));
    declared.value.iter_mut().flat_map(|it| &mut it.options).for_each(|it| drop_from(&mut it.uninterpreted_option));
}

fn of_service(service: &mut ServiceDescriptorProto) {
    service.options.iter_mut().for_each(|it| drop_from(&mut it.uninterpreted_option));
    service.method.iter_mut().flat_map(|it| &mut it.options).for_each(|it| drop_from(&mut it.uninterpreted_option));
}

fn drop_from(options: &mut Vec<UninterpretedOption>) {
    options.retain(|option| !option.name.first().is_some_and(|part| part.is_extension));
}
