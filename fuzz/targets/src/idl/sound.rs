//! What holds for whatever is generated, and for whatever is said where nothing is.

use std::collections::BTreeSet;

use rpc_codegen::configure;
use syn::{Fields, ImplItem, Item, TraitItem};

/// The most that is said of one file, and the longest text that says it, for texts of a few thousand bytes.
const SAID_MAX: usize = 200;
const TEXT_MAX: usize = 200_000;

/// Generates, and looks at what comes of it.
pub(super) fn generated(texts: &[(&str, &str)]) {
    let paths: Vec<&str> = texts.iter().map(|(path, _)| *path).collect();
    let configure = texts.iter().fold(configure(), |configure, (path, text)| configure.text(*path, *text));
    match configure.generate(&paths) {
        Err(error) => {
            assert!(error.errors() > 0, "nothing is generated, and nothing is wrong");
            said(&error.reports(false), texts.len());
        }
        Ok(generated) => {
            said(&generated.warnings(false), texts.len());
            let again = configure.generate(&paths).expect("it was right before");
            assert_eq!(generated.files(), again.files(), "what is generated is always the same");
            for (name, text) in generated.files() {
                let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
                distinct(&file.items, text);
            }
        }
    }
}

fn said(reports: &[String], files: usize) {
    assert!(reports.len() <= SAID_MAX * files, "{} reports", reports.len());
    for report in reports {
        assert!(report.len() <= TEXT_MAX, "a report of {} bytes", report.len());
        assert!(!report.contains("panicked"), "{report}");
    }
}

/// No two things of one place have one name.
fn distinct(items: &[Item], text: &str) {
    let mut types = BTreeSet::new();
    let mut values = BTreeSet::new();
    for item in items {
        let (is_new, name) = match item {
            Item::Struct(it) => (types.insert(it.ident.to_string()), &it.ident),
            Item::Enum(it) => (types.insert(it.ident.to_string()), &it.ident),
            Item::Type(it) => (types.insert(it.ident.to_string()), &it.ident),
            Item::Mod(it) => (types.insert(it.ident.to_string()), &it.ident),
            Item::Trait(it) => {
                let made = ["", "Client", "Server"].map(|suffix| types.insert(format!("{}{suffix}", it.ident)));
                (made.iter().all(|is_new| *is_new), &it.ident)
            }
            Item::Const(it) => (values.insert(it.ident.to_string()), &it.ident),
            Item::Static(it) => (values.insert(it.ident.to_string()), &it.ident),
            _ => continue,
        };
        assert!(is_new, "`{name}` is there twice:\n{text}");
    }
    items.iter().for_each(|item| members_are_distinct(item, text));
}

fn members_are_distinct(item: &Item, text: &str) {
    let names: Vec<String> = match item {
        Item::Struct(it) => names(&it.fields),
        Item::Enum(it) => it.variants.iter().map(|variant| variant.ident.to_string()).collect(),
        Item::Trait(it) => {
            let methods = it.items.iter().filter_map(|item| match item {
                TraitItem::Fn(method) => Some(method.sig.ident.to_string()),
                _ => None,
            });
            methods.collect()
        }
        Item::Impl(it) => {
            let items = it.items.iter().filter_map(|item| match item {
                ImplItem::Fn(method) => Some(method.sig.ident.to_string()),
                ImplItem::Const(constant) => Some(constant.ident.to_string()),
                _ => None,
            });
            items.collect()
        }
        Item::Mod(it) => return it.content.iter().for_each(|(_, items)| distinct(items, text)),
        _ => return,
    };
    let distinct: BTreeSet<&String> = names.iter().collect();
    assert_eq!(distinct.len(), names.len(), "{names:?}:\n{text}");
}

fn names(fields: &Fields) -> Vec<String> {
    fields.iter().filter_map(|field| Some(field.ident.as_ref()?.to_string())).collect()
}
