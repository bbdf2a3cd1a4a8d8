//! What no single file can see: the same name twice, and what `#[service]` would not take.

use std::collections::HashMap;

use crate::{
    model::{File, Item, Method},
    session::Session,
    source::Place,
};

/// `#[service]` takes no more.
const ARGUMENTS_MAX: usize = 16;
/// The longest name on the wire, in bytes.
const NAME_MAX: usize = 255;
/// The longest name of a package, in bytes: that of its file has a few more.
const PACKAGE_MAX: usize = 200;

/// Gives all items that have a name of their own, in order, and says what is wrong.
pub(super) fn check<'a>(files: &[&'a File], session: &mut Session) -> Vec<(&'a File, &'a Item)> {
    let mut items = Vec::new();
    let mut known: HashMap<&str, &Place> = HashMap::new();
    for file in files {
        check_package(file, session);
        for item in &file.items {
            if is_new(&item.full_name, &item.named.place, &mut known, session) {
                items.push((*file, item));
            }
        }
    }
    // A service may have the name of a type, but not that of another.
    let mut known: HashMap<&str, &Place> = HashMap::new();
    for service in files.iter().flat_map(|file| &file.services) {
        is_new(&service.full_name, &service.named.place, &mut known, session);
        name_on_the_wire(&service.full_name, &service.named.place, session);
        service.methods.iter().for_each(|method| check_method(method, session));
    }
    items
}

fn is_new<'a>(name: &'a str, place: &'a Place, known: &mut HashMap<&'a str, &'a Place>, session: &mut Session) -> bool {
    let earlier = known.get(name).copied();
    match earlier {
        None => _ = known.insert(name, place),
        Some(earlier) => {
            // Without what keeps it apart from others.
            let name = name.split([' ', '(']).next().unwrap_or(name);
            session
                .error(place.clone(), format!("`{name}` is declared twice"))
                .label("declared again here")
                .also(earlier.clone(), "declared here")
                .help("rename one of them, or give one of the files another package or namespace");
        }
    }
    earlier.is_none()
}

fn check_package(file: &File, session: &mut Session) {
    let length = file.package.join(".").len();
    if length > PACKAGE_MAX {
        let place = file.items.first().map(|item| &item.named.place);
        let place = place.or_else(|| file.services.first().map(|service| &service.named.place));
        let message =
            format!("the name of a package has at most {PACKAGE_MAX} bytes, that of `{}` has {length}", file.path);
        session.error(place.cloned(), message).help("give it a shorter one: a file is called after it");
    }
}

fn check_method(method: &Method, session: &mut Session) {
    name_on_the_wire(&method.named.name, &method.named.place, session);
    let arguments = method.arguments.len();
    if arguments > ARGUMENTS_MAX {
        session
            .error(
                method.named.place.clone(),
                format!("a method has at most {ARGUMENTS_MAX} arguments, this has {arguments}"),
            )
            .help("put some of them into a struct");
    }
}

fn name_on_the_wire(name: &str, place: &Place, session: &mut Session) {
    if name.len() > NAME_MAX {
        session
            .error(place.clone(), format!("a name on the wire has at most {NAME_MAX} bytes, this has {}", name.len()));
    }
}
