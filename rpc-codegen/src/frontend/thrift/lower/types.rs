//! Types as what they are: typedefs are looked through, and equal types are one and the same.

use std::collections::HashMap;

use super::{
    order::order,
    world::{DefinitionId, World},
};
use crate::{
    frontend::thrift::{
        ast::{DefinitionKind, Type, TypeKind},
        report::Report,
    },
    model,
};

/// How deep the description of a type goes.
const DESCRIBED_MAX: usize = 3;

/// A type among all that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TypeId(usize);

/// What a type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Shape {
    Bool,
    I8,
    I16,
    I32,
    I64,
    F64,
    String,
    Bytes,
    Uuid,
    List(TypeId),
    Set(TypeId),
    Map(TypeId, TypeId),
    /// A struct, a union, an exception or an enum.
    Item(DefinitionId),
}

#[derive(Debug, Default)]
pub(super) struct Types {
    shapes: Vec<Shape>,
    ids: HashMap<Shape, TypeId>,
    typedefs: HashMap<DefinitionId, Option<TypeId>>,
}

impl Types {
    /// Looks through all typedefs; says which stand for themselves.
    pub(super) fn new(world: &World<'_>, reports: &mut [Report]) -> Self {
        let needs = |id: DefinitionId| {
            let mut found = Vec::new();
            if let Some(ty) = typedef(world, id) {
                mentioned(world, id.file, ty, &mut found);
            }
            found
        };
        let typedefs = world.all().filter(|id| typedef(world, *id).is_some());
        let ordered = order(typedefs, needs);
        for circle in &ordered.circles {
            world.report_circle(circle, "the typedef `{}` stands for itself", "stands for", reports);
        }
        let mut types = Self::default();
        for id in ordered.nodes {
            let ty = typedef(world, id).and_then(|ty| types.id(world, id.file, ty));
            types.typedefs.insert(id, ty);
        }
        types
    }

    /// What a type is that a file writes; nothing where that is not known, which is said elsewhere.
    pub(super) fn id(&mut self, world: &World<'_>, file: usize, ty: &Type) -> Option<TypeId> {
        let shape = match &ty.kind {
            TypeKind::Plain(plain) => plain_shape(plain)?,
            TypeKind::List(element) => Shape::List(self.id(world, file, element)?),
            TypeKind::Set(element) => Shape::Set(self.id(world, file, element)?),
            TypeKind::Map(entry) => Shape::Map(self.id(world, file, &entry.0)?, self.id(world, file, &entry.1)?),
            TypeKind::Named(name) => {
                let id = match (world.find(file, name), young(name)) {
                    (Some(id), _) => id,
                    (None, plain) => return Some(self.known(plain_shape(&plain?)?)),
                };
                match &world.definition(id).kind {
                    DefinitionKind::Typedef(_) => return self.of_typedef(id),
                    DefinitionKind::Struct(..) | DefinitionKind::Enum(_) => Shape::Item(id),
                    DefinitionKind::Constant(..) | DefinitionKind::Service(_) => return None,
                }
            }
        };
        Some(self.known(shape))
    }

    fn known(&mut self, shape: Shape) -> TypeId {
        *self.ids.entry(shape).or_insert_with(|| {
            self.shapes.push(shape);
            TypeId(self.shapes.len() - 1)
        })
    }

    /// What a typedef stands for; nothing for what is none.
    pub(super) fn of_typedef(&self, id: DefinitionId) -> Option<TypeId> {
        *self.typedefs.get(&id)?
    }

    pub(super) fn shape(&self, id: TypeId) -> Shape {
        self.shapes[id.0]
    }

    /// As the IDL writes it, typedefs aside.
    pub(super) fn describe(&self, world: &World<'_>, id: TypeId) -> String {
        self.describe_within(world, id, 0)
    }

    fn describe_within(&self, world: &World<'_>, id: TypeId, depth: usize) -> String {
        if depth > DESCRIBED_MAX {
            return "…".to_owned();
        }
        let inner = |id| self.describe_within(world, id, depth + 1);
        match self.shape(id) {
            Shape::Bool => "bool".to_owned(),
            Shape::I8 => "i8".to_owned(),
            Shape::I16 => "i16".to_owned(),
            Shape::I32 => "i32".to_owned(),
            Shape::I64 => "i64".to_owned(),
            Shape::F64 => "double".to_owned(),
            Shape::String => "string".to_owned(),
            Shape::Bytes => "binary".to_owned(),
            Shape::Uuid => "uuid".to_owned(),
            Shape::List(element) => format!("list<{}>", inner(element)),
            Shape::Set(element) => format!("set<{}>", inner(element)),
            Shape::Map(key, value) => format!("map<{}, {}>", inner(key), inner(value)),
            Shape::Item(id) => world.name(id).to_owned(),
        }
    }
}

/// A type that Thrift has not always had: files may define another of its name, which then is meant.
pub(super) fn young(name: &str) -> Option<model::Type> {
    match name {
        "i8" => Some(model::Type::I8),
        "uuid" => Some(model::Type::Uuid),
        _ => None,
    }
}

fn typedef<'a>(world: &World<'a>, id: DefinitionId) -> Option<&'a Type> {
    match &world.definition(id).kind {
        DefinitionKind::Typedef(ty) => Some(ty),
        _ => None,
    }
}

/// The typedefs that a type mentions.
fn mentioned(world: &World<'_>, file: usize, ty: &Type, found: &mut Vec<DefinitionId>) {
    match &ty.kind {
        TypeKind::Plain(_) => {}
        TypeKind::List(element) | TypeKind::Set(element) => mentioned(world, file, element, found),
        TypeKind::Map(entry) => {
            mentioned(world, file, &entry.0, found);
            mentioned(world, file, &entry.1, found);
        }
        TypeKind::Named(name) => found.extend(world.find(file, name).filter(|id| typedef(world, *id).is_some())),
    }
}

fn plain_shape(ty: &model::Type) -> Option<Shape> {
    Some(match ty {
        model::Type::Bool => Shape::Bool,
        model::Type::I8 => Shape::I8,
        model::Type::I16 => Shape::I16,
        model::Type::I32 => Shape::I32,
        model::Type::I64 => Shape::I64,
        model::Type::F64 => Shape::F64,
        model::Type::String => Shape::String,
        model::Type::Bytes => Shape::Bytes,
        model::Type::Uuid => Shape::Uuid,
        _ => return None,
    })
}
