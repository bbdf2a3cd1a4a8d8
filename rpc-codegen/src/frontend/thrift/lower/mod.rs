//! From documents to the model: names are looked up, values get types, services what they extend.
//!
//! ```text
//!   world.rs    every definition by its name         types.rs     what a type is, typedefs aside
//!   fields.rs   structs, arguments, enums, types     values.rs    values, by the type of their place
//!   services.rs methods and what they throw          order.rs     what needs what, and circles
//! ```
//! Nothing is left out in silence: where a part is missing, an error says why.

use std::collections::HashMap;

use super::{
    ast::{Definition, DefinitionKind, Head, StructKind},
    load::Unit,
    report::Report,
};
use crate::model::{Enum, File, Item, ItemKind, Named};

mod fields;
mod order;
mod services;
mod types;
mod values;
mod world;

use types::Types;
use world::{DefinitionId, World};

/// Fills the model with all files, in the order in which they are given.
pub(super) fn lower(units: &[Unit], reports: &mut [Report]) -> Vec<File> {
    let world = World::new(units, reports);
    let mut types = Types::new(&world, reports);
    let mut uses = HashMap::new();
    let mut methods = services::Methods::default();
    let mut files = Vec::new();
    for (file, report) in reports.iter_mut().enumerate() {
        let user = DefinitionId { file, index: 0 };
        let mut scope =
            Scope { world: &world, types: &mut types, uses: &mut uses, report, file, user, on_demand: false };
        files.push(scope.file(&mut methods));
    }
    values::report_circles(&world, &uses, reports);
    services::extend(&world, methods, reports, &mut files);
    files
}

/// One file while it is lowered.
struct Scope<'s, 'a> {
    world: &'s World<'a>,
    types: &'s mut Types,
    /// What the value of a constant, or those of a struct's defaults, need for theirs.
    uses: &'s mut HashMap<DefinitionId, Vec<DefinitionId>>,
    report: &'s mut Report,
    file: usize,
    /// What is being lowered.
    user: DefinitionId,
    /// Whether the value that is being lowered is made when it is asked for: such cannot need itself.
    on_demand: bool,
}

impl<'a> Scope<'_, 'a> {
    fn file(&mut self, methods: &mut services::Methods) -> File {
        let unit = &self.world.units[self.file];
        let mut file = File {
            path: unit.path.display().to_string(),
            package: self.world.packages[self.file].clone(),
            asked_for: unit.asked_for,
            docs: unit.document.docs.clone(),
            items: Vec::new(),
            services: Vec::new(),
        };
        for (index, definition) in unit.document.definitions.iter().enumerate() {
            self.user = DefinitionId { file: self.file, index };
            if let DefinitionKind::Service(service) = &definition.kind {
                let own = self.functions(&definition.head, service, &mut file.items);
                methods.insert(self.user, own);
            } else if let Some(kind) = self.item(definition) {
                let full_name = self.world.full_name(self.user);
                let named = self.named(&definition.head);
                file.items.push(Item { named, within: Vec::new(), full_name, kind });
            }
        }
        file
    }

    fn item(&mut self, definition: &'a Definition) -> Option<ItemKind> {
        Some(match &definition.kind {
            DefinitionKind::Constant(ty, value) => {
                let model_type = self.ty(ty)?;
                let id = self.types.id(self.world, self.file, ty)?;
                ItemKind::Constant(model_type, self.literal(value, id)?)
            }
            DefinitionKind::Typedef(ty) => ItemKind::Alias(self.ty(ty)?),
            DefinitionKind::Enum(values) => ItemKind::Enum(Enum { values: self.enum_values(values), open: true }),
            DefinitionKind::Struct(StructKind::Union, fields) => {
                ItemKind::Choice(self.fields(fields, fields::Role::Union))
            }
            DefinitionKind::Struct(kind, fields) => {
                let exception = *kind == StructKind::Exception;
                ItemKind::Message { fields: self.fields(fields, fields::Role::Struct), exception }
            }
            DefinitionKind::Service(_) => return None,
        })
    }

    fn named(&self, head: &Head) -> Named {
        Named {
            name: head.name.text.clone(),
            docs: head.docs.clone(),
            deprecated: head.deprecated.clone(),
            place: self.report.place(&head.name.span),
        }
    }
}
