//! Methods, what they throw, and what services inherit.

use std::collections::HashMap;

use super::{
    Scope,
    fields::Role,
    order::order,
    types::Shape,
    world::{DefinitionId, Space, World, unique},
};
use crate::{
    frontend::thrift::{
        ast::{self, DefinitionKind, Function, Head, StructKind},
        report::Report,
    },
    model::{Fails, Field, File, Item, ItemKind, Method, Service, Type},
};

/// How long a chain of services may be that extend each other.
const CHAIN_MAX: usize = 64;
/// Methods that the services of a run inherit, all together: each is rendered for each that inherits it.
const INHERITED_MAX: usize = 1 << 16;

/// The methods that each service declares itself.
pub(super) type Methods = HashMap<DefinitionId, Vec<Method>>;

impl<'a> Scope<'_, 'a> {
    /// The methods of a service. What they throw goes to the items.
    pub(super) fn functions(&mut self, head: &Head, service: &'a ast::Service, items: &mut Vec<Item>) -> Vec<Method> {
        unique(service.functions.iter().map(|function| &function.head).enumerate(), self.report);
        let lower = |function| self.function(head, function, items);
        service.functions.iter().filter_map(lower).collect()
    }

    fn function(&mut self, service: &Head, function: &'a Function, items: &mut Vec<Item>) -> Option<Method> {
        let reply = match &function.reply {
            Some(ty) => self.ty(ty),
            None => Some(Type::Unit),
        };
        let arguments = self.fields(&function.arguments, Role::Arguments);
        let throws = self.fields(&function.throws, Role::Throws);
        self.check_throws(&function.throws);
        self.check_oneway(function);
        let named = self.named(&function.head);
        let fails = if throws.is_empty() {
            Fails::Never
        } else {
            // As nothing else can be called.
            let full_name = format!("{}.{}()", self.world.full_name(self.user), named.name);
            items.push(failure(self.named(&function.head), &service.name.text, &full_name, throws));
            Fails::Throws(full_name)
        };
        Some(Method {
            named,
            arguments,
            takes_items: None,
            reply: reply?,
            gives_items: false,
            fails,
            oneway: function.oneway.is_some(),
            idempotent: false,
        })
    }

    /// Only exceptions are thrown.
    fn check_throws(&mut self, throws: &'a [ast::Field]) {
        for field in throws {
            let Some(ty) = self.types.id(self.world, self.file, &field.ty) else { continue };
            let id = if let Shape::Item(id) = self.types.shape(ty) { Some(id) } else { None };
            let kind = id.map(|id| &self.world.definition(id).kind);
            if matches!(kind, Some(DefinitionKind::Struct(StructKind::Exception, _))) {
                continue;
            }
            let message = format!("`{}` is no exception", self.types.describe(self.world, ty));
            let diagnostic = self.report.error(&field.ty.span, message);
            diagnostic.label("only exceptions can be thrown").help("declare it as `exception`, not as anything else");
            diagnostic.places.extend(id.map(|id| (self.world.place(id), "defined here".to_owned())));
        }
    }

    /// Nothing comes back from what is `oneway`.
    fn check_oneway(&mut self, function: &Function) {
        let Some(oneway) = &function.oneway else { return };
        let name = &function.head.name.text;
        let what = match (&function.reply, function.throws.first()) {
            (Some(reply), _) => ("a result", &reply.span),
            (None, Some(thrown)) => ("exceptions", &thrown.head.name.span),
            (None, None) => return,
        };
        let place = self.report.place(oneway);
        let diagnostic = self.report.error(what.1, format!("`{name}` is `oneway`, but has {}", what.0));
        diagnostic
            .also(place, "nobody waits for an answer")
            .help("take `oneway` out, or make it `void` without `throws`");
    }
}

/// What a method throws: one of its exceptions. It says nothing that the method does not say.
fn failure(mut named: crate::model::Named, service: &str, full_name: &str, variants: Vec<Field>) -> Item {
    named.docs.clear();
    named.deprecated = None;
    let kind = ItemKind::Failure(variants);
    Item { named, within: vec![service.to_owned()], full_name: full_name.to_owned(), kind }
}

/// Adds all services to their files, each with what it inherits.
pub(super) fn extend(world: &World<'_>, methods: Methods, reports: &mut [Report], files: &mut [File]) {
    let inheritance = Inheritance { world, methods };
    inheritance.check_circles(reports);
    let mut inherited = 0;
    for id in world.all() {
        let DefinitionKind::Service(service) = &world.definition(id).kind else { continue };
        let report = &mut reports[id.file];
        inheritance.check_extended(id, service, report);
        let mut found = inheritance.inherited(id, report);
        inherited += found.len();
        if inherited > INHERITED_MAX {
            let message = format!("services inherit more than {INHERITED_MAX} methods");
            report.error(&world.definition(id).head.name.span, message).help("let fewer services extend others");
            return;
        }
        inheritance.check_names(id, &found, report);
        found.extend(inheritance.methods[&id].iter().cloned());
        let head = &world.definition(id).head;
        let named = crate::model::Named {
            name: head.name.text.clone(),
            docs: head.docs.clone(),
            deprecated: head.deprecated.clone(),
            place: world.place(id),
        };
        files[id.file].services.push(Service { named, full_name: world.full_name(id), methods: found });
    }
}

/// Which service extends which.
struct Inheritance<'w, 'a> {
    world: &'w World<'a>,
    methods: Methods,
}

impl Inheritance<'_, '_> {
    /// What a service extends, if it is one.
    fn extended(&self, id: DefinitionId) -> Option<DefinitionId> {
        let DefinitionKind::Service(service) = &self.world.definition(id).kind else { return None };
        let found = self.world.find(id.file, &service.extends.as_ref()?.text)?;
        self.methods.contains_key(&found).then_some(found)
    }

    fn check_extended(&self, id: DefinitionId, service: &ast::Service, report: &mut Report) {
        let Some(name) = &service.extends else { return };
        if self.extended(id).is_some() {
            self.world.check_meaning(Space::Others, id.file, &name.text, &name.span, report);
            return;
        }
        let found = self.world.find(id.file, &name.text);
        if let Some(other) = found.or_else(|| self.world.find_constant(id.file, &name.text)) {
            let diagnostic = report.error(&name.span, format!("`{}` is no service", name.text));
            diagnostic.also(self.world.place(other), "defined here").help("a service can extend a service alone");
        } else {
            let help = if report.is_full() { String::new() } else { self.world.advice(id.file, &name.text) };
            report.error(&name.span, format!("cannot find the service `{}`", name.text)).help(help);
        }
    }

    fn check_circles(&self, reports: &mut [Report]) {
        let ordered = order(self.methods_in_order(), |id| self.extended(id).into_iter().collect());
        for circle in &ordered.circles {
            self.world.report_circle(circle, "the service `{}` extends itself", "extends", reports);
        }
    }

    fn methods_in_order(&self) -> impl Iterator<Item = DefinitionId> {
        self.world.all().filter(|id| self.methods.contains_key(id))
    }

    /// The methods of all that a service extends, those of the farthest first.
    fn inherited(&self, id: DefinitionId, report: &mut Report) -> Vec<Method> {
        let mut chain: Vec<DefinitionId> = Vec::new();
        let mut next = self.extended(id);
        while let Some(extended) = next {
            if extended == id || chain.contains(&extended) {
                return Vec::new();
            }
            if chain.len() >= CHAIN_MAX {
                let message = format!("services extend each other more than {CHAIN_MAX} deep");
                report.error(&self.world.definition(id).head.name.span, message).help("let it extend fewer");
                return Vec::new();
            }
            chain.push(extended);
            next = self.extended(extended);
        }
        chain.iter().rev().flat_map(|id| self.methods[id].iter().cloned()).collect()
    }

    /// A method is not declared again that is inherited.
    fn check_names(&self, id: DefinitionId, inherited: &[Method], report: &mut Report) {
        let known: HashMap<&str, &Method> = inherited.iter().map(|method| (&*method.named.name, method)).collect();
        for method in &self.methods[&id] {
            let Some(first) = known.get(&*method.named.name) else { continue };
            let message = format!("`{}` is inherited: it cannot be declared again", method.named.name);
            let diagnostic = report.error(&method.named.place.span, message);
            diagnostic.label("again here").also(first.named.place.clone(), "first here").help("give it another name");
        }
    }
}
