//! The file that declares a module for each package, within each other as the packages' names say.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;

use super::{MARK, ROOT, docs::documentation, written::ident};
use crate::{model::Docs, resolve::Resolved};

/// A module, and those within it.
#[derive(Default)]
struct Module {
    /// The file that has its content, if it has any of its own.
    file: Option<String>,
    docs: Docs,
    within: BTreeMap<String, Self>,
}

/// Names that no file of Windows can have, whatever is behind a dot.
const OF_DEVICES: [&str; 6] = ["aux", "com", "con", "lpt", "nul", "prn"];

/// What the file of a package is called.
pub(super) fn file_name(modules: &[String]) -> String {
    let first = modules.first().map_or("", |first| first.trim_end_matches(|c: char| c.is_ascii_digit()));
    let underscore = if OF_DEVICES.contains(&first) { "_" } else { "" };
    let name = format!("{underscore}{}.rs", modules.join("."));
    if name == ROOT { "mod_.rs".to_owned() } else { name }
}

/// The text of the file.
pub(super) fn root(resolved: &Resolved<'_>) -> String {
    let mut root = Module::default();
    for (modules, package) in &resolved.packages {
        let module = modules.iter().fold(&mut root, |module, name| module.within.entry(name.clone()).or_default());
        module.file = Some(file_name(modules));
        let paragraphs: Vec<Docs> = package.docs.iter().map(|docs| (*docs).clone()).collect();
        module.docs = paragraphs.join(&String::new());
        if module.docs.is_empty() {
            module.docs.push(format!("The package `{}`.", package.name));
        }
    }
    let lints = quote! {
        #[allow(
            dead_code, deprecated, missing_docs, nonstandard_style, unreachable_pub, unused_qualifications,
            rustdoc::all, clippy::all, clippy::pedantic, clippy::nursery
        )]
    };
    let modules = root.within.iter().map(|(name, module)| tokens(name, module, &lints));
    let file = syn::parse2(quote!(#(#modules)*)).expect("modules are Rust");
    format!("{MARK}: a module for each package.\n\n{}", prettyplease::unparse(&file))
}

fn tokens(name: &str, module: &Module, lints: &TokenStream) -> TokenStream {
    let (docs, name) = (documentation(&module.docs), ident(name));
    let content = module.file.as_ref().map(|file| quote!(include!(#file);));
    let nothing = TokenStream::new();
    let within = module.within.iter().map(|(name, module)| tokens(name, module, &nothing));
    quote! {
        #docs
        #lints
        pub mod #name {
            #content
            #(#within)*
        }
    }
}
