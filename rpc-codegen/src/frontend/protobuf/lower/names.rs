//! What things are called.
//!
//! A file without a package has the package of its own name, so that everything lies in one. What is in it keeps full names
//! that begin with a dot, such as `.Outer.Inner`, which nothing in a package of that name has.

use std::path::Path;

use protox::prost_reflect::{EnumDescriptor, FileDescriptor, MessageDescriptor};

/// The package of a file, as parts; never empty.
pub(super) fn package(file: &FileDescriptor) -> Vec<String> {
    match file.package_name() {
        "" => vec![stem(file.name())],
        package => package.split('.').map(str::to_owned).collect(),
    }
}

pub(super) fn message(message: &MessageDescriptor) -> String {
    full(&message.parent_file(), message.full_name())
}

pub(super) fn enumeration(declared: &EnumDescriptor) -> String {
    full(&declared.parent_file(), declared.full_name())
}

fn full(file: &FileDescriptor, name: &str) -> String {
    match file.package_name() {
        "" => format!(".{name}"),
        _ => name.to_owned(),
    }
}

/// A file's name, as far as it can be that of a module.
fn stem(path: &str) -> String {
    let stem = Path::new(path).file_stem().unwrap_or_default().to_string_lossy();
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
    let plain: String = stem.chars().map(plain).collect();
    match plain.chars().next() {
        Some(first) if !first.is_ascii_digit() && plain != "_" => plain,
        _ => format!("_{plain}"),
    }
}
