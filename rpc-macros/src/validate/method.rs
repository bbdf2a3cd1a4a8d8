//! Rules of one method: how its function is declared, its arguments and its result apart.

use quote::ToTokens;
use syn::{Error, Path, ReceiverKind, Safety, Type};

use super::{all, mistake, service::wire_name};
use crate::{
    model::{Method, Passing},
    owned::bare,
};

/// serde implements its traits for tuples of up to so many.
const ARGUMENTS_MAX: usize = 16;

/// What the generated client has besides the methods of the trait.
const CONSTRUCTORS: [&str; 4] = ["new", "named", "connect", "in_process"];

pub(super) fn cfg_on_method(method: &Method) -> Option<Error> {
    let is_cfg = |path: &Path| path.is_ident("cfg") || path.is_ident("cfg_attr");
    let cfg = method.syntax.attrs.iter().find(|attribute| is_cfg(attribute.path()))?;
    Some(mistake(cfg, "both sides need the same methods: write `#[cfg]` above a whole service"))
}

pub(super) fn fn_qualifier(method: &Method) -> Option<Error> {
    let signature = &method.syntax.sig;
    let safety = match &signature.safety {
        Safety::Default => None,
        qualified => Some(qualified.to_token_stream()),
    };
    let constness = signature.constness.map(ToTokens::into_token_stream);
    let abi = signature.abi.as_ref().map(ToTokens::to_token_stream);
    let qualifier = constness.or(safety).or(abi)?;
    Some(mistake(&qualifier, format!("a method is a plain `async fn`: remove `{qualifier}`")))
}

pub(super) fn missing_async(method: &Method) -> Option<Error> {
    let signature = &method.syntax.sig;
    let message = || format!("a call waits for its reply: write `async fn {}`", signature.ident);
    signature.asyncness.is_none().then(|| mistake(signature.fn_token, message()))
}

pub(super) fn reserved_name(method: &Method) -> Option<Error> {
    let name = method.ident();
    let message = || {
        format!(
            "the client has its own `{name}`: rename the method; `#[rpc(name = \"{name}\")]` keeps its name on the wire"
        )
    };
    CONSTRUCTORS.iter().any(|taken| name == taken).then(|| mistake(name, message()))
}

pub(super) fn method_name(method: &Method) -> Option<Error> {
    wire_name(&method.name, "#[rpc(name = \"wireName\")]")
}

pub(super) fn generic_method(method: &Method) -> Option<Error> {
    let generics = &method.syntax.sig.generics;
    let is_generic = generics.type_params().next().is_some() || generics.const_params().next().is_some();
    is_generic.then(|| mistake(generics, "a method has no generic parameters: write the types out"))
}

pub(super) fn where_clause_on_method(method: &Method) -> Option<Error> {
    let clause = method.syntax.sig.generics.where_clause.as_ref()?;
    Some(mistake(clause, "a method has no `where` clause: remove it"))
}

pub(super) fn named_lifetime(method: &Method) -> Option<Error> {
    let generics = &method.syntax.sig.generics;
    if generics.lifetimes().next().is_some() {
        return Some(mistake(generics, "an argument is borrowed for the call: remove the lifetimes and write `&str`"));
    }
    let references = method.arguments.iter().filter_map(|argument| match bare(&argument.syntax.ty) {
        Type::Reference(reference) => reference.lifetime.as_ref(),
        _ => None,
    });
    let named = references.filter(|lifetime| lifetime.ident != "_");
    all(named.map(|lifetime| mistake(lifetime, format!("an argument is borrowed for the call: remove `{lifetime}`"))))
}

pub(super) fn missing_self(method: &Method) -> Option<Error> {
    let name = method.ident();
    let message = || format!("a method is called on the service: write `async fn {name}(&self, ..)`");
    method.syntax.sig.receiver().is_none().then(|| mistake(name, message()))
}

pub(super) fn self_by_value(method: &Method) -> Option<Error> {
    let receiver = method.syntax.sig.receiver()?;
    let by_value = !matches!(receiver.kind, ReceiverKind::Reference(..));
    by_value.then(|| mistake(receiver, "a service answers many calls: write `&self`"))
}

pub(super) fn mut_self(method: &Method) -> Option<Error> {
    let receiver = method.syntax.sig.receiver()?;
    let is_mut = matches!(receiver.kind, ReceiverKind::Reference(_, _, Some(_)));
    is_mut.then(|| {
        mistake(receiver, "a service answers many calls at once: write `&self` and keep what changes in a `Mutex`")
    })
}

pub(super) fn too_many_arguments(method: &Method) -> Option<Error> {
    let beyond = method.arguments.get(ARGUMENTS_MAX)?;
    let message = format!("a method has at most {ARGUMENTS_MAX} arguments: put some of them into a struct");
    Some(mistake(&beyond.syntax, message))
}

pub(super) fn count_of_tags(method: &Method) -> Option<Error> {
    let (text, tags) = method.options.tags.as_ref()?;
    let is_stream = |passing: &Passing| matches!(passing, Passing::Items(_));
    let count = method.arguments.iter().filter(|argument| !is_stream(&argument.passing)).count();
    let message = || match count {
        0 => "there is no argument that could have a tag: remove `tags`".to_owned(),
        count => format!("every argument has one tag, a stream has none: write {count}"),
    };
    (tags.len() != count).then(|| mistake(text, message()))
}
