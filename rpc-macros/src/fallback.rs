//! What is still generated after a mistake, so that one mistake gives one error and hides no other.
//!
//! The trait stays as its author wrote it, or every `impl` of it would fail as well; the client and the server keep
//! the methods that are sound, or every use of them would. Does not know the rules.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Attribute, Error, FnArg, ItemTrait, Pat, PatWild, TraitItem, TraitItemFn, Visibility,
    parse::{ParseStream, Parser},
};

use crate::{
    expand,
    model::{Method, Service},
    options::is_rpc,
    validate::is_sound,
};

/// The mistakes, and whatever makes sense in spite of them.
pub(crate) fn expand(service: Service, mistakes: &[Error]) -> TokenStream {
    let errors = mistakes.iter().map(Error::to_compile_error);
    let generics = &service.syntax.generics;
    let rest = match generics.params.is_empty() && generics.where_clause.is_none() {
        true => expand::expand(&sound_part(service)),
        false => as_written(service),
    };
    quote! { #(#errors)* #rest }
}

/// The service with all that is unsound moved to where nothing is generated for it.
fn sound_part(service: Service) -> Service {
    let mut methods: Vec<Method> = Vec::new();
    let mut others = service.others;
    for method in service.methods {
        let is_duplicate = methods.iter().any(|earlier| earlier.ident() == method.ident());
        match is_sound(&method) {
            _ if is_duplicate => {}
            true => methods.push(method),
            false => others.push(TraitItem::Fn(method.syntax)),
        }
    }
    Service { methods, others: others.into_iter().map(accepted).collect(), ..service }
}

fn as_written(service: Service) -> TokenStream {
    let methods = service.methods.into_iter().map(|method| TraitItem::Fn(method.syntax));
    let items = methods.chain(service.others).map(accepted).collect();
    let written = ItemTrait { items, ..service.syntax };
    quote!(#written)
}

/// The item without what the compiler would complain about besides us.
fn accepted(item: TraitItem) -> TraitItem {
    match item {
        TraitItem::Fn(method) => TraitItem::Fn(accepted_method(method)),
        TraitItem::Verbatim(tokens) => match without_visibility.parse2(tokens.clone()) {
            Ok(method) => TraitItem::Fn(accepted_method(method)),
            Err(_) => TraitItem::Verbatim(tokens),
        },
        other => other,
    }
}

fn accepted_method(mut method: TraitItemFn) -> TraitItemFn {
    method.attrs.retain(|attribute| !is_rpc(attribute));
    method.sig.constness = None;
    if method.default.is_none() {
        method.sig.inputs.iter_mut().for_each(forget_pattern);
    }
    method
}

fn forget_pattern(argument: &mut FnArg) {
    if let FnArg::Typed(argument) = argument
        && !matches!(*argument.pat, Pat::Ident(_))
    {
        *argument.pat = Pat::Wild(PatWild { attrs: Vec::new(), underscore_token: Default::default() });
    }
}

fn without_visibility(input: ParseStream<'_>) -> syn::Result<TraitItemFn> {
    let attrs = input.call(Attribute::parse_outer)?;
    input.parse::<Visibility>()?;
    Ok(TraitItemFn { attrs, ..input.parse()? })
}
