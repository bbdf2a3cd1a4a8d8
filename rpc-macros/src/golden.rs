//! Golden expansions: what `#[service]` makes of each trait in `tests/expand`, and `#[derive(Tagged)]` of each type in
//! `tests/derive`, printed, beside it.
//!
//! They show in review what a change does to generated code, and they hold its budget. `GOLDEN=overwrite cargo test`
//! writes them anew. Whether the code compiles is tested in the `tests` package.

use std::{
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::TokenStream;
use quote::quote;
use syn::{ItemTrait, Meta};

use crate::{attr, errors::Errors, expand, model::Service, tagged};

/// A trait without methods; it is the user's and not counted.
const TRAIT_LINES: usize = 1;
const FIXED_LINES_MAX: usize = 40;
const CLIENT_LINES_PER_METHOD_MAX: usize = 6;
const SERVER_LINES_PER_METHOD_MAX: usize = 3;
/// The client hands a stream over beside making the call, the server takes one or sends one beside running the method.
const LINES_PER_STREAM_MAX: usize = 1;

#[test]
fn expansions_are_as_expected() {
    for case in cases("expand") {
        let (options, syntax) = read(&case);
        hold(&case, &expand::service(options, quote!(#syntax)));
    }
}

#[test]
fn what_is_derived_is_as_expected() {
    for case in cases("derive") {
        hold(&case, &tagged::derive(fs::read_to_string(&case).unwrap().parse().unwrap()));
    }
}

#[test]
fn expansions_keep_to_their_budget() {
    for case in cases("expand").into_iter().filter(|case| !is_mistaken(case)) {
        let service = understand(&case);
        let (client, server) = (lines(&expand::client::expand(&service)), lines(&expand::server::expand(&service)));
        // The first argument shares its method's lines, every further one has a line of its own.
        let further: usize = service.methods.iter().map(|method| method.arguments.len().saturating_sub(1)).sum();
        let methods = service.methods.len();
        let taken = service.methods.iter().filter(|method| method.takes_items()).count() * LINES_PER_STREAM_MAX;
        let given = service.methods.iter().filter(|method| method.gives_items()).count() * LINES_PER_STREAM_MAX;

        let bare = Service { methods: Vec::new(), ..service };
        let (bare_client, bare_server) = (lines(&expand::client::expand(&bare)), lines(&expand::server::expand(&bare)));
        let fixed = lines(&expand::expand(&bare)) - TRAIT_LINES;

        let case = case.display();
        assert!(fixed <= FIXED_LINES_MAX, "{case}: {fixed} fixed lines");
        let (client, client_max) = (client - bare_client, methods * CLIENT_LINES_PER_METHOD_MAX + further + taken);
        assert!(client <= client_max, "{case}: {client} lines of client methods, {client_max} allowed");
        let (server, server_max) = (server - bare_server, methods * SERVER_LINES_PER_METHOD_MAX + taken + given);
        assert!(server <= server_max, "{case}: {server} lines of server methods, {server_max} allowed");
    }
}

/// Holds what was made of a case against what is beside it.
fn hold(case: &Path, expansion: &TokenStream) {
    let actual = print(expansion);
    let golden = case.with_extension("expanded.rs");
    if std::env::var("GOLDEN").is_ok_and(|mode| mode == "overwrite") {
        fs::write(&golden, &actual).unwrap();
    }
    let expected = fs::read_to_string(&golden).unwrap_or_default();
    assert_eq!(actual, expected, "{}: if this is meant, run GOLDEN=overwrite cargo test", golden.display());
}

fn cases(folder: &str) -> Vec<PathBuf> {
    let folder = format!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/{}"), folder);
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = files.filter(|path| !path.to_str().unwrap().ends_with(".expanded.rs")).collect();
    cases.sort();
    assert!(!cases.is_empty(), "no cases in {folder}");
    cases
}

/// Whether a case shows what is left after a mistake.
fn is_mistaken(case: &Path) -> bool {
    case.file_name().is_some_and(|name| name.to_string_lossy().starts_with("mistaken"))
}

/// The options of `#[service(..)]` and the trait below it.
fn read(case: &Path) -> (TokenStream, ItemTrait) {
    let mut syntax: ItemTrait = syn::parse_str(&fs::read_to_string(case).unwrap()).unwrap();
    let at = syntax.attrs.iter().position(|attribute| attribute.path().is_ident("service")).unwrap();
    match syntax.attrs.remove(at).meta {
        Meta::List(list) => (list.tokens, syntax),
        _ => (TokenStream::new(), syntax),
    }
}

fn understand(case: &Path) -> Service {
    let (options, syntax) = read(case);
    let mut errors = Errors::new();
    let options = attr::service(options, &mut errors);
    let service = Service::read(syntax, options, &mut errors);
    assert!(errors.finish().is_empty(), "{}", case.display());
    service
}

fn print(tokens: &TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(tokens.clone()).unwrap())
}

/// Lines of code: those that say nothing, documentation, attributes and closing brackets are not counted.
fn lines(tokens: &TokenStream) -> usize {
    let printed = print(&quote!(const _: () = { #tokens };));
    let is_code = |line: &&str| {
        !line.starts_with("///") && !line.starts_with('#') && !line.chars().all(|c| "{}()[]>;,".contains(c))
    };
    printed.lines().map(str::trim).filter(is_code).count()
}
