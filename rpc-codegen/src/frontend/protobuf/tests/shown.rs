//! The model in a few words, to compare it with what is expected.

use std::fmt::Write;

use crate::model::{Enum, Field, File, Item, ItemKind, Method, Named, Presence, Type};

/// A file: its docs, one line for each item and member, in order.
pub(super) fn shown(file: &File) -> String {
    let mut text = String::new();
    file.items.iter().for_each(|item| show_item(item, &mut text));
    for service in &file.services {
        writeln!(text, "service {}{}", service.full_name, extras(&service.named)).unwrap();
        service.methods.iter().for_each(|method| writeln!(text, "  {}", shown_method(method)).unwrap());
    }
    text
}

fn show_item(item: &Item, text: &mut String) {
    let within = if item.within.is_empty() { String::new() } else { format!(" in {}", item.within.join("/")) };
    let head = format!("{}{within}{}", item.full_name, extras(&item.named));
    match &item.kind {
        ItemKind::Message { fields, exception: false } => show_fields("message", &head, fields, text),
        ItemKind::Choice(fields) => show_fields("choice", &head, fields, text),
        ItemKind::Enum(declared) => show_enum(&head, declared, text),
        other => panic!("nothing in protobuf is {other:?}"),
    }
}

fn show_fields(what: &str, head: &str, fields: &[Field], text: &mut String) {
    writeln!(text, "{what} {head}").unwrap();
    for field in fields {
        writeln!(text, "  {}", shown_field(field)).unwrap();
    }
}

fn shown_field(field: &Field) -> String {
    let tag = field.tag.map_or_else(|| "-".to_owned(), |tag| tag.to_string());
    let presence = match field.presence {
        Presence::Required => "required",
        Presence::Always => "always",
        Presence::Optional => "optional",
    };
    let written = field.written.as_ref().map_or(String::new(), |written| format!(" written {written}"));
    let default = field.default.as_ref().map_or(String::new(), |default| format!(" = {default:?}"));
    let name = &field.named.name;
    format!("{tag} {name}: {presence} {}{written}{default}{}", shown_type(&field.ty), extras(&field.named))
}

fn show_enum(head: &str, declared: &Enum, text: &mut String) {
    writeln!(text, "{} enum {head}", if declared.open { "open" } else { "closed" }).unwrap();
    for value in &declared.values {
        writeln!(text, "  {} {}{}", value.number, value.named.name, extras(&value.named)).unwrap();
    }
}

fn shown_method(method: &Method) -> String {
    let arguments: Vec<String> = method.arguments.iter().map(shown_field).collect();
    let takes = method.takes_items.as_ref().map_or(String::new(), |ty| format!("stream {}", shown_type(ty)));
    let gives = if method.gives_items { "stream " } else { "" };
    let idempotent = if method.idempotent { " idempotent" } else { "" };
    let reply = shown_type(&method.reply);
    let name = &method.named.name;
    format!("{name}({}{takes}) -> {gives}{reply}{idempotent}{}", arguments.join(", "), extras(&method.named))
}

pub(super) fn shown_type(ty: &Type) -> String {
    match ty {
        Type::Named(name) => name.clone(),
        Type::List(item) => format!("[{}]", shown_type(item)),
        Type::Map(entry) => format!("{{{}: {}}}", shown_type(&entry.0), shown_type(&entry.1)),
        Type::Option(inner) => format!("{}?", shown_type(inner)),
        plain => format!("{plain:?}"),
    }
}

fn extras(named: &Named) -> String {
    let deprecated = if named.deprecated.is_some() { " deprecated" } else { "" };
    let docs = if named.docs.is_empty() { String::new() } else { format!(" // {}", named.docs.join("|")) };
    format!("{deprecated}{docs}")
}
