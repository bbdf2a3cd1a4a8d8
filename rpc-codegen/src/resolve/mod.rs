//! From what the files say to what Rust needs to know of it: which items are used, what each is called and where it is, and
//! what can be derived for it.
//!
//! Does not print anything.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    model::{Docs, Field, File, Item, Presence, Service, Type},
    session::Session,
    settings::Settings,
};

mod facts;
mod graph;
mod names;
mod rules;
mod values;

pub(crate) use facts::Facts;
pub(crate) use names::Path;

/// The items of a run, each known under its full name.
#[derive(Debug)]
pub(crate) struct Resolved<'a> {
    /// By the path of their modules.
    pub(crate) packages: BTreeMap<Vec<String>, Package<'a>>,
    items: HashMap<&'a str, usize>,
    facts: Vec<Facts<'a>>,
    /// What each service's trait is called.
    services: HashMap<&'a str, String>,
}

/// What becomes one file: all that has one package, or whose packages have one module.
#[derive(Debug, Default)]
pub(crate) struct Package<'a> {
    /// The name in the IDL.
    pub(crate) name: String,
    /// The files that it is made from.
    pub(crate) files: Vec<&'a str>,
    pub(crate) docs: Vec<&'a Docs>,
    pub(crate) items: Vec<&'a Item>,
    pub(crate) services: Vec<&'a Service>,
}

impl<'a> Resolved<'a> {
    /// Looks at all files together. What is wrong is said, and left out.
    pub(crate) fn new(files: &'a [File], settings: &Settings, session: &mut Session) -> Self {
        let files: Vec<&File> = files.iter().collect();
        let all = rules::check(&files, session);
        let indices: HashMap<&str, usize> =
            all.iter().enumerate().map(|(index, (_, item))| (&*item.full_name, index)).collect();
        let used = facts::used(&all, &files, &indices);
        let is_used = |item: &Item| used[indices[&*item.full_name]];
        let packages = packages(&files, settings, is_used);
        let named = names::assign(&files, &all, settings);
        let facts = facts::gather(&all, &indices, named.paths);
        let resolved = Self { packages, items: indices, facts, services: named.services };
        values::check(&resolved, &all, session);
        resolved
    }

    /// What is known of an item, by its full name. The front ends name only what there is.
    pub(crate) fn facts(&self, full_name: &str) -> &Facts<'a> {
        &self.facts[self.items[full_name]]
    }

    /// What the trait of a service is called.
    pub(crate) fn service_name(&self, service: &Service) -> &str {
        &self.services[&*service.full_name]
    }

    /// The names of all that a package has, with what is made for its services and the modules of packages within.
    pub(crate) fn names(&self, modules: &[String], package: &Package<'_>) -> HashSet<String> {
        let items = package.items.iter().map(|item| self.facts(&item.full_name).path.name.clone());
        let services = package.services.iter().map(|service| self.service_name(service));
        let made = services.flat_map(|name| ["", "Client", "Server"].map(|suffix| format!("{name}{suffix}")));
        let within = self.packages.keys().filter_map(|path| path.strip_prefix(modules)?.first().cloned());
        items.chain(made).chain(within).collect()
    }

    /// A type without the other names that it is known under.
    pub(crate) fn bare<'t>(&'t self, ty: &'t Type) -> &'t Type {
        match ty {
            Type::Named(name) => self.facts(name).aliased.unwrap_or(ty),
            ty => ty,
        }
    }

    /// Whether a type has a value that stands for none.
    pub(crate) fn has_default(&self, ty: &Type) -> bool {
        match ty {
            Type::Named(name) => self.facts(name).has_default,
            ty => *ty != Type::Time,
        }
    }

    /// Whether a field has a value where nothing is said.
    pub(crate) fn is_made_alone(&self, field: &Field) -> bool {
        field.presence == Presence::Optional || field.default.is_some() || self.has_default(&field.ty)
    }

    /// Whether values of a type have an order, so that they can be keys.
    pub(crate) fn has_order(&self, ty: &Type) -> bool {
        match ty {
            Type::F32 | Type::F64 => false,
            Type::Named(name) => self.facts(name).has_order,
            Type::List(ty) | Type::Set(ty) | Type::Option(ty) => self.has_order(ty),
            Type::Map(pair) => self.has_order(&pair.0) && self.has_order(&pair.1),
            _ => true,
        }
    }

    /// Whether a field of an item needs an indirection, since its value may have one of the item's within.
    pub(crate) fn is_boxed(&self, item: &Item, field: &Field) -> bool {
        let within = match &field.ty {
            Type::Option(ty) => self.bare(ty),
            ty => self.bare(ty),
        };
        let Type::Named(target) = within else { return false };
        // A oneof is within its message: it is what is in it that goes around.
        field.boxed || !field.is_oneof() && self.facts(target).cycle == self.facts(&item.full_name).cycle
    }
}

/// The packages of files that have something to generate.
fn packages<'a>(
    files: &[&'a File],
    settings: &Settings,
    is_used: impl Fn(&Item) -> bool,
) -> BTreeMap<Vec<String>, Package<'a>> {
    let mut packages: BTreeMap<Vec<String>, Package<'a>> = BTreeMap::new();
    for file in files {
        let name = file.package.join(".");
        if settings.external(&name).is_some() {
            continue;
        }
        let items: Vec<&Item> = file.items.iter().filter(|item| is_used(item)).collect();
        let has_services = file.asked_for && !file.services.is_empty();
        if items.is_empty() && !has_services {
            continue;
        }
        let package = packages.entry(names::module_path(&file.package)).or_default();
        package.name = name;
        package.files.push(&file.path);
        package.docs.extend((!file.docs.is_empty()).then_some(&file.docs));
        package.items.extend(items);
        package.services.extend(file.services.iter().filter(|_| file.asked_for));
    }
    packages
}
