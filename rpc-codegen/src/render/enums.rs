//! Enums: typed, with a variant for numbers that nobody has declared where the IDL keeps those.

use std::collections::HashMap;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::{docs::attributes, printer::Printer, written::ident};
use crate::{
    model::{Enum, EnumValue, Item},
    names::{Scope, constant_name, value_names, variant_name},
};

/// What the variant for all other numbers is called.
const UNKNOWN: &str = "Unrecognized";

/// What the values of an enum are called.
pub(super) struct Values<'a> {
    /// In the order of declaration.
    named: Vec<Value<'a>>,
    /// The variant for all other numbers.
    pub(super) unknown: Option<String>,
}

struct Value<'a> {
    declared: &'a EnumValue,
    name: String,
    /// The variant that has the number already; then this is a constant.
    variant: Option<String>,
}

impl<'a> Values<'a> {
    pub(super) fn of(item: &'a Item, declared: &'a Enum) -> Self {
        let idl: Vec<&str> = declared.values.iter().map(|value| &*value.named.name).collect();
        let mut scope = Scope::default();
        let mut variants: HashMap<i32, String> = HashMap::new();
        let bare = value_names(&item.named.name, &idl);
        let named = declared.values.iter().zip(bare).map(|(declared, bare)| {
            let variant = variants.get(&declared.number).cloned();
            let name = scope.claim(if variant.is_some() { constant_name(&bare) } else { variant_name(&bare) });
            variants.entry(declared.number).or_insert_with(|| name.clone());
            Value { declared, name, variant }
        });
        let named = named.collect();
        Self { named, unknown: declared.open.then(|| scope.claim(UNKNOWN.to_owned())) }
    }

    /// What a value is called.
    pub(super) fn name(&self, idl: &str) -> &str {
        let found = self.named.iter().find(|value| value.declared.named.name == idl);
        found.map(|value| &*value.name).expect("front ends name only values that there are")
    }

    fn variants(&self) -> impl Iterator<Item = &Value<'a>> {
        self.named.iter().filter(|value| value.variant.is_none())
    }
}

/// The enum, and what belongs to it.
pub(super) fn tokens(printer: &Printer<'_>, item: &Item, declared: &Enum) -> TokenStream {
    let values = Values::of(item, declared);
    let facts = printer.resolved.facts(&item.full_name);
    let (about, name) = (attributes(&item.named), ident(&facts.path.name));
    let default = default(declared, &values);
    let variants = values.variants().map(|value| variant(value, default == Some(&value.name)));
    let unknown = values.unknown.as_ref().map(|name| {
        let name = ident(name);
        quote!(#[doc = " A number that the IDL has no name for."] #[rpc(unknown)] #name(i32))
    });
    let derived_default = default.is_some().then(|| quote!(Default,));
    let conversion = if declared.open { quote!(from = "i32") } else { quote!(try_from = "i32") };
    let without = default.is_none().then(|| without_values(&name, &values));
    let aliases = aliases(&name, &values);
    let travels = printer.derives();
    quote! {
        #about
        #[derive(Clone, Copy, Debug, #derived_default PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(#travels)]
        #[serde(#conversion, into = "i32")]
        pub enum #name {
            #(#variants,)*
            #unknown
        }
        #without
        #aliases
    }
}

/// The variant that stands for none: that of the number 0 where numbers are kept and it has one, else the first.
fn default<'v>(declared: &Enum, values: &'v Values<'_>) -> Option<&'v String> {
    let zero = values.variants().find(|value| declared.open && value.declared.number == 0);
    zero.or_else(|| values.variants().next()).map(|value| &value.name)
}

fn variant(value: &Value<'_>, is_default: bool) -> TokenStream {
    let (about, name) = (attributes(&value.declared.named), ident(&value.name));
    let number = number(value.declared.number);
    let default = is_default.then(|| quote!(#[default]));
    quote!(#about #default #[rpc(tag = #number)] #name)
}

/// An enum that has no values has only numbers.
fn without_values(name: &Ident, values: &Values<'_>) -> Option<TokenStream> {
    let unknown = ident(values.unknown.as_deref()?);
    Some(quote! {
        impl Default for #name {
            fn default() -> Self {
                Self::#unknown(0)
            }
        }
    })
}

/// Further names for numbers that have one.
fn aliases(name: &Ident, values: &Values<'_>) -> Option<TokenStream> {
    let constants = values.named.iter().filter_map(|value| {
        let variant = ident(value.variant.as_deref()?);
        let (about, name) = (attributes(&value.declared.named), ident(&value.name));
        Some(quote!(#about pub const #name: Self = Self::#variant;))
    });
    let constants: Vec<TokenStream> = constants.collect();
    (!constants.is_empty()).then(|| quote!(impl #name { #(#constants)* }))
}

/// A number, with its sign in front of it as a person writes it.
pub(super) fn number(number: i32) -> TokenStream {
    let size = Literal::u32_unsuffixed(number.unsigned_abs());
    if number < 0 { quote!(-#size) } else { quote!(#size) }
}
