//! Who gets which name, where several want it: services first, with what is made for each, then what stands at the top of a
//! file, then what is declared within.

use std::collections::{BTreeMap, HashMap};

use crate::{
    model::{File, Item, ItemKind},
    names::{Scope, constant_name, module_name, type_name},
    settings::Settings,
};

/// What the names of a service's client and its server end in, which begin with its own.
const MADE: [&str; 2] = ["Client", "Server"];

/// Where an item is in Rust.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Path {
    /// A path as the user wrote it, of what is generated elsewhere.
    pub(crate) elsewhere: Option<String>,
    /// Modules below that, or below the root of what is generated.
    pub(crate) modules: Vec<String>,
    pub(crate) name: String,
}

/// All names.
pub(super) struct Assigned<'a> {
    /// For each item.
    pub(super) paths: Vec<Path>,
    /// For each service, by its full name.
    pub(super) services: HashMap<&'a str, String>,
}

/// The modules of a package.
pub(super) fn module_path(package: &[String]) -> Vec<String> {
    package.iter().map(|part| module_name(part)).collect()
}

/// Gives a name to every item, those of other crates included, and to every service.
pub(super) fn assign<'a>(files: &[&'a File], all: &[(&'a File, &'a Item)], settings: &Settings) -> Assigned<'a> {
    let mut services = HashMap::new();
    let mut scopes: BTreeMap<Vec<String>, Scope> = BTreeMap::new();
    // Also of files whose code is elsewhere: there, they have taken names as well.
    for file in files {
        let scope = scopes.entry(module_path(&file.package)).or_default();
        for service in &file.services {
            services.insert(&*service.full_name, scope.claim_with(&MADE, type_name(&[], &service.named.name)));
        }
    }
    let mut paths = vec![Path::default(); all.len()];
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|index| all[*index].1.within.len());
    for index in order {
        let (file, item) = all[index];
        let home = module_path(&file.package);
        let scope = scopes.entry(home.clone()).or_default();
        let name = scope.claim(wanted(item));
        paths[index] = match settings.external(&file.package.join(".")) {
            None => Path { elsewhere: None, modules: home, name },
            Some((path, rest)) => Path { elsewhere: Some(path.to_owned()), modules: module_path(&rest), name },
        };
    }
    Assigned { paths, services }
}

/// What an item would be called if it were alone.
fn wanted(item: &Item) -> String {
    match &item.kind {
        ItemKind::Constant(..) => constant_name(&item.named.name),
        ItemKind::Failure(_) => type_name(&item.within, &format!("{}_error", item.named.name)),
        _ => type_name(&item.within, &item.named.name),
    }
}
