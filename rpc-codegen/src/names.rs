//! What a name of an IDL is called in Rust: the right case, no keyword, nothing of the prelude, and no name twice.
//!
//! One rule for whatever is taken: an underscore behind it. Knows no model.

use std::collections::HashSet;

use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};

/// Words that Rust has for itself, those that it only reserves among them, up to edition 2024.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];
/// Words that cannot be written as `r#word` either.
const NEVER_RAW: &[&str] = &["crate", "self", "super", "Self"];
/// Names of types and traits that Rust has in scope everywhere, or that generated code uses without a path.
const PRELUDE: &[&str] = &[
    "AsMut",
    "AsRef",
    "AsyncFn",
    "AsyncFnMut",
    "AsyncFnOnce",
    "Box",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "DoubleEndedIterator",
    "Drop",
    "Eq",
    "Err",
    "ExactSizeIterator",
    "Extend",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "FromIterator",
    "Future",
    "Hash",
    "Into",
    "IntoFuture",
    "IntoIterator",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Result",
    "Send",
    "Sized",
    "Some",
    "String",
    "Sync",
    "ToOwned",
    "ToString",
    "TryFrom",
    "TryInto",
    "Unpin",
    "Vec",
];
/// What thiserror takes for that of std.
const OF_ERRORS: &[&str] = &["Backtrace"];
/// What `#[service]` looks for by its last part alone.
const OF_SERVICES: &[&str] = &["BoxStream", "Stream", "Streaming"];
/// Crates that generated code names by their first part.
const CRATES: &[&str] = &["alloc", "core", "rpc_core", "serde", "std", "thiserror"];
/// Types that Rust has in scope everywhere, and that a module of that name would hide.
const PRIMITIVES: &[&str] = &[
    "bool", "char", "f128", "f16", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "str", "u128", "u16",
    "u32", "u64", "u8", "usize",
];
/// What a generated client has besides its methods.
const OF_CLIENTS: &[&str] = &["clone", "connect", "in_process", "named", "new"];
/// What is called on a generated struct, or on its type, besides what reads its fields.
const OF_STRUCTS: [&str; 4] = ["as_dyn_error", "clone", "default", "new"];

/// Names that are taken in one place.
#[derive(Debug, Default)]
pub(crate) struct Scope(HashSet<String>);

impl Scope {
    /// The methods of a struct.
    pub(crate) fn of_struct() -> Self {
        Self(OF_STRUCTS.map(str::to_owned).into())
    }

    /// The name, or where it is taken, the name with as many underscores behind it as it takes.
    pub(crate) fn claim(&mut self, name: String) -> String {
        self.claim_with(&[], name)
    }

    /// The same for a name that others come with, which end in these: all of them are free.
    pub(crate) fn claim_with(&mut self, ends: &[&str], name: String) -> String {
        let mut name = name;
        loop {
            let others = ends.iter().map(|end| format!("{name}{end}"));
            let all: Vec<String> = others.chain([name.clone()]).collect();
            if !all.iter().any(|name| self.0.contains(name)) {
                self.0.extend(all);
                return name;
            }
            name.push('_');
        }
    }
}

/// A type's name: that of what it is declared within, and its own.
pub(crate) fn type_name(within: &[String], name: &str) -> String {
    let name: String = within.iter().map(String::as_str).chain([name]).map(camel).collect();
    let taken = [PRELUDE, OF_ERRORS, OF_SERVICES, NEVER_RAW].iter().any(|names| names.contains(&&*name));
    if taken { name + "_" } else { begun(name, "T") }
}

/// A variant's name. It always stands behind that of its type, so that nothing of the prelude is in its way.
pub(crate) fn variant_name(name: &str) -> String {
    let name = camel(name);
    if name == "Self" { name + "_" } else { begun(name, "V") }
}

/// The names of an enum's values: without that of the enum, where all have it in front.
pub(crate) fn value_names(of_enum: &str, values: &[&str]) -> Vec<String> {
    let prefix = of_enum.to_shouty_snake_case() + "_";
    let bare = |value: &str| {
        let rest = value.strip_prefix(&*prefix)?;
        rest.starts_with(|c: char| c.is_ascii_alphabetic()).then(|| rest.to_owned())
    };
    let all: Option<Vec<String>> = values.iter().map(|value| bare(value)).collect();
    all.unwrap_or_else(|| values.iter().map(|value| (*value).to_owned()).collect())
}

/// A field's name, an argument's, or an accessor's.
pub(crate) fn field_name(name: &str) -> String {
    lower(name, &[], "field")
}

/// A method's name.
pub(crate) fn method_name(name: &str) -> String {
    lower(name, OF_CLIENTS, "method")
}

/// The name of a module, one part of a package's.
pub(crate) fn module_name(name: &str) -> String {
    lower(name, &[CRATES, PRIMITIVES].concat(), "package")
}

/// A constant's name: never one that a field has, which in a pattern would mean the constant.
pub(crate) fn constant_name(name: &str) -> String {
    let name = begun(name.to_shouty_snake_case(), "C");
    if name.starts_with('_') { format!("C{name}") } else { name }
}

/// Whether a name has to be written as `r#name`.
pub(crate) fn is_keyword(name: &str) -> bool {
    KEYWORDS.contains(&name)
}

/// A type's name in words, as a person would say it: `InsufficientFunds` is "insufficient funds".
pub(crate) fn in_words(name: &str) -> String {
    name.to_snake_case().replace('_', " ")
}

/// In camel case, unless it is so already in its own way: `HTTPServer` stays, `HTTP_SERVER` does not.
fn camel(name: &str) -> String {
    let is_camel = name.starts_with(|c: char| c.is_ascii_uppercase())
        && !name.contains('_')
        && (name.len() == 1 || name.contains(|c: char| c.is_ascii_lowercase()));
    if is_camel { name.to_owned() } else { name.to_upper_camel_case() }
}

fn lower(name: &str, taken: &[&str], instead: &str) -> String {
    let name = name.to_snake_case();
    let taken = taken.contains(&&*name) || NEVER_RAW.contains(&&*name);
    if taken { name + "_" } else { begun(name, instead) }
}

/// A name as it can begin: never empty, and without a digit in front.
fn begun(name: String, instead: &str) -> String {
    match name.chars().next() {
        None => instead.to_owned(),
        Some(first) if first.is_ascii_digit() => format!("_{name}"),
        Some(_) => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_get_the_case_that_rust_has_for_their_kind() {
        assert_eq!(type_name(&["Outer".into()], "inner_type"), "OuterInnerType");
        assert_eq!(type_name(&[], "HTTPServer"), "HTTPServer");
        assert_eq!(type_name(&[], "HTTP_SERVER"), "HttpServer");
        assert_eq!(variant_name("DARK_RED"), "DarkRed");
        assert_eq!(variant_name("RED"), "Red");
        assert_eq!(field_name("userID"), "user_id");
        assert_eq!(method_name("GetFeature"), "get_feature");
        assert_eq!(constant_name("maxSize"), "MAX_SIZE");
        assert_eq!(in_words("InsufficientFunds"), "insufficient funds");
    }

    #[test]
    fn what_rust_has_for_itself_is_told_apart() {
        assert_eq!(type_name(&[], "Option"), "Option_");
        assert_eq!(type_name(&["Option".into()], "Kind"), "OptionKind");
        assert_eq!(type_name(&[], "Self"), "Self_");
        assert_eq!(variant_name("None"), "None");
        assert_eq!(variant_name("SELF"), "Self_");
        assert!(is_keyword(&field_name("type")));
        assert_eq!(field_name("self"), "self_");
        assert_eq!(method_name("New"), "new_");
        assert_eq!(module_name("std"), "std_");
        assert_eq!(module_name("f64"), "f64_");
        assert_eq!(type_name(&[], "BoxStream"), "BoxStream_");
        assert_eq!(type_name(&[], "Backtrace"), "Backtrace_");
        assert_eq!(Scope::of_struct().claim("clone".into()), "clone_");
        assert!(is_keyword(&module_name("mod")));
    }

    #[test]
    fn a_name_never_begins_with_a_digit_nor_is_empty() {
        assert_eq!(type_name(&[], "_3d"), "_3d");
        assert_eq!(field_name("_1"), "_1");
        assert_eq!(field_name("__"), "field");
        assert_eq!(constant_name("_1"), "C_1");
        assert_eq!(variant_name("_"), "V");
    }

    #[test]
    fn the_name_of_an_enum_is_left_out_of_its_values_where_all_have_it() {
        assert_eq!(value_names("TextColor", &["TEXT_COLOR_RED", "TEXT_COLOR_BLUE"]), ["RED", "BLUE"]);
        assert_eq!(value_names("TextColor", &["TEXT_COLOR_RED", "BLUE"]), ["TEXT_COLOR_RED", "BLUE"]);
        assert_eq!(value_names("Mode", &["MODE_3D", "MODE_FLAT"]), ["MODE_3D", "MODE_FLAT"]);
    }

    #[test]
    fn a_name_that_is_taken_gets_underscores() {
        let mut scope = Scope::default();
        let claimed: Vec<String> = (0..3).map(|_| scope.claim("a".into())).collect();
        assert_eq!(claimed, ["a", "a_", "a__"]);
    }

    #[test]
    fn a_name_that_others_come_with_is_free_for_all_of_them() {
        let mut scope = Scope::default();
        let mut claim = |name: &str| scope.claim_with(&["Client", "Server"], name.into());
        assert_eq!(["FooServer", "Foo", "FooClient"].map(&mut claim), ["FooServer", "Foo_", "FooClient"]);
        assert_eq!(scope.claim("Foo_Client".into()), "Foo_Client_");
    }
}
