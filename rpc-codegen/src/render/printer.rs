//! How types and the paths of items are written in one module.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Path as RustPath;

use super::{imports::Imports, written::ident};
use crate::{
    model::{Field, Item, Presence, Type},
    resolve::Resolved,
};

/// What is printed into one module.
pub(super) struct Printer<'a> {
    pub(super) resolved: &'a Resolved<'a>,
    /// The path of the module.
    pub(super) modules: &'a [String],
    pub(super) imports: Imports,
}

impl Printer<'_> {
    /// The path of an item, from here.
    pub(super) fn path(&self, full_name: &str) -> TokenStream {
        let path = &self.resolved.facts(full_name).path;
        let name = ident(&path.name);
        if let Some(elsewhere) = &path.elsewhere {
            let elsewhere: RustPath = syn::parse_str(elsewhere).expect("paths are checked when they are set");
            let modules = path.modules.iter().map(|module| ident(module));
            return quote!(#elsewhere #(::#modules)* :: #name);
        }
        let shared = self.modules.iter().zip(&path.modules).take_while(|(here, there)| here == there).count();
        let down = &path.modules[shared..];
        match (self.modules.len() - shared, down.split_last()) {
            (0, _) => {
                let down = down.iter().map(|module| ident(module));
                quote!(#(#down::)* #name)
            }
            (up, None) => {
                let up = (0..up).map(|_| quote!(super::));
                quote!(#(#up)* #name)
            }
            (up, Some((package, between))) => {
                let between = between.iter().map(|module| ident(module).to_string());
                let way: Vec<String> = (0..up).map(|_| "super".to_owned()).chain(between).collect();
                let package = self.imports.package(&way.join("::"), package);
                quote!(#package::#name)
            }
        }
    }

    /// A type, owned.
    pub(super) fn ty(&self, ty: &Type) -> TokenStream {
        match ty {
            Type::Unit => quote!(()),
            Type::Bool => quote!(bool),
            Type::I8 => quote!(i8),
            Type::I16 => quote!(i16),
            Type::I32 => quote!(i32),
            Type::I64 => quote!(i64),
            Type::U32 => quote!(u32),
            Type::U64 => quote!(u64),
            Type::F32 => quote!(f32),
            Type::F64 => quote!(f64),
            Type::String => quote!(String),
            Type::Bytes => quote!(Vec<u8>),
            Type::Uuid => quote!([u8; 16]),
            Type::Duration => self.imports.short("std::time", "Duration"),
            Type::Time => self.imports.short("std::time", "SystemTime"),
            Type::Named(name) => self.path(name),
            Type::Option(ty) => self.generic(&quote!(Option), &[ty]),
            Type::List(ty) => self.generic(&quote!(Vec), &[ty]),
            Type::Set(ty) if self.resolved.has_order(ty) => self.generic(&self.set(), &[ty]),
            Type::Set(ty) => self.generic(&quote!(Vec), &[ty]),
            Type::Map(pair) if self.resolved.has_order(&pair.0) => self.generic(&self.map(), &[&pair.0, &pair.1]),
            Type::Map(pair) => {
                let (key, value) = (self.ty(&pair.0), self.ty(&pair.1));
                quote!(Vec<(#key, #value)>)
            }
        }
    }

    pub(super) fn set(&self) -> TokenStream {
        self.imports.short("std::collections", "BTreeSet")
    }

    pub(super) fn map(&self) -> TokenStream {
        self.imports.short("std::collections", "BTreeMap")
    }

    /// What is derived for whatever travels.
    pub(super) fn derives(&self) -> TokenStream {
        let [serialize, deserialize] = ["Serialize", "Deserialize"].map(|name| self.imports.short("serde", name));
        let tagged = self.imports.short("rpc_core", "Tagged");
        quote!(#serialize, #deserialize, #tagged)
    }

    fn generic(&self, name: &TokenStream, types: &[&Type]) -> TokenStream {
        let types = types.iter().map(|ty| self.ty(ty));
        quote!(#name<#(#types),*>)
    }

    /// The type of a field of a struct, or of a variant.
    pub(super) fn field_type(&self, item: &Item, field: &Field) -> TokenStream {
        let mut ty = self.ty(&field.ty);
        if self.resolved.is_boxed(item, field) {
            ty = quote!(Box<#ty>);
        }
        match field.presence {
            Presence::Optional => quote!(Option<#ty>),
            Presence::Required | Presence::Always => ty,
        }
    }

    /// How the IDL writes a type, where what it has become does not tell: said by the front end, or a set or a map that has
    /// become a list.
    pub(super) fn written(&self, field: &Field) -> Option<String> {
        field.written.clone().or_else(|| self.is_list_instead(&field.ty).then(|| self.in_idl(&field.ty)))
    }

    fn is_list_instead(&self, ty: &Type) -> bool {
        match ty {
            Type::Set(ty) => !self.resolved.has_order(ty) || self.is_list_instead(ty),
            Type::Map(pair) => {
                !self.resolved.has_order(&pair.0) || self.is_list_instead(&pair.0) || self.is_list_instead(&pair.1)
            }
            Type::List(ty) | Type::Option(ty) => self.is_list_instead(ty),
            _ => false,
        }
    }

    fn in_idl(&self, ty: &Type) -> String {
        match ty {
            Type::List(ty) => format!("list<{}>", self.in_idl(ty)),
            Type::Set(ty) => format!("set<{}>", self.in_idl(ty)),
            Type::Map(pair) => format!("map<{}, {}>", self.in_idl(&pair.0), self.in_idl(&pair.1)),
            Type::Named(name) => name.clone(),
            Type::F64 => "double".to_owned(),
            Type::F32 => "float".to_owned(),
            Type::Bytes => "binary".to_owned(),
            Type::Uuid => "uuid".to_owned(),
            Type::String => "string".to_owned(),
            other => self.ty(other).to_string(),
        }
    }
}
