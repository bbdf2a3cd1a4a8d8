//! What a module takes in, so that its code can say `BTreeMap` and not `std::collections::BTreeMap`, and `geo::Point` and not
//! `super::super::geo::Point`: only what it uses, and only where nothing else there has that name.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashSet},
};

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Path;

use super::written::ident;

/// What was taken in so far.
#[derive(Debug)]
pub(super) struct Imports {
    /// The names of the module's own items, and of the modules within.
    taken: HashSet<String>,
    /// Names by the paths of their modules.
    used: RefCell<BTreeMap<&'static str, BTreeSet<&'static str>>>,
    /// Other packages: the names of their modules, and their paths from here.
    packages: RefCell<BTreeMap<String, String>>,
}

impl Imports {
    pub(super) fn new(taken: HashSet<String>) -> Self {
        Self { taken, used: RefCell::default(), packages: RefCell::default() }
    }

    /// How something is written: by its name alone, or with its path where that is taken.
    pub(super) fn short(&self, module: &'static str, name: &'static str) -> TokenStream {
        let path = if self.taken.contains(name) {
            format!("{module}::{name}")
        } else {
            self.used.borrow_mut().entry(module).or_default().insert(name);
            name.to_owned()
        };
        path.parse().expect("a path is made of tokens")
    }

    /// How the module of another package is written, whose path from here is `way` and its name.
    pub(super) fn package(&self, way: &str, name: &str) -> TokenStream {
        let path = format!("{way}::{}", ident(name));
        let mut packages = self.packages.borrow_mut();
        let is_free = !self.taken.contains(name) && packages.get(name).is_none_or(|known| *known == path);
        if !is_free {
            return path.parse().expect("a path is made of tokens");
        }
        packages.insert(name.to_owned(), path);
        ident(name).to_token_stream()
    }

    /// The lines that take in all that was used.
    pub(super) fn lines(&self) -> String {
        let packages = self.packages.borrow();
        let packages = packages.values().map(|path| format!("use {path};\n"));
        let used = self.used.borrow();
        let lines = used.iter().map(|(module, names)| {
            let module: Path = syn::parse_str(module).expect("a path");
            let names: Vec<TokenStream> = names.iter().map(|name| name.parse().expect("a name")).collect();
            let line =
                if let [name] = &names[..] { quote!(use #module::#name;) } else { quote!(use #module::{#(#names),*};) };
            prettyplease::unparse(&syn::parse2(line).expect("an item"))
        });
        packages.chain(lines).collect()
    }
}
