//! The types of fields, and the literals that are their defaults.

use protox::prost_reflect::{FieldDescriptor, Kind, MessageDescriptor, Value};

use super::{Lowering, names};
use crate::model::{Literal, Type};

/// A type, and how the IDL writes it.
#[derive(Clone, Debug)]
pub(super) struct Spelled {
    pub(super) ty: Type,
    spelling: String,
    /// The type alone does not tell the spelling.
    unusual: bool,
}

impl Spelled {
    /// A type that is written so, which is what anybody expects of it.
    fn plain(ty: Type, spelling: &str) -> Self {
        Self { ty, spelling: spelling.to_owned(), unusual: false }
    }

    /// A type that is usually written otherwise.
    fn other(ty: Type, spelling: &str) -> Self {
        Self { ty, spelling: spelling.to_owned(), unusual: true }
    }

    /// The spelling, where the type does not tell it.
    pub(super) fn written(&self) -> Option<String> {
        self.unusual.then(|| self.spelling.clone())
    }

    fn map(key: Self, value: Self) -> Self {
        let spelling = format!("map<{}, {}>", key.spelling, value.spelling);
        Self { unusual: key.unusual || value.unusual, spelling, ty: Type::Map(Box::new((key.ty, value.ty))) }
    }
}

impl Lowering<'_> {
    /// The type of a field, and whether it is one that may be absent by itself.
    pub(super) fn field_type(&self, field: &FieldDescriptor) -> Spelled {
        if let Kind::Message(entry) = field.kind()
            && field.is_map()
        {
            let (key, value) = (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
            return Spelled::map(self.value(&key), self.value(&value));
        }
        let mut spelled = self.value(&field.kind());
        if field.is_group() {
            spelled = Spelled::other(spelled.ty, "group");
        }
        if field.is_list() {
            spelled.ty = Type::List(Box::new(spelled.ty));
        }
        spelled
    }

    /// A type where it stands for a value that is there.
    fn value(&self, kind: &Kind) -> Spelled {
        match kind {
            Kind::Double => Spelled::plain(Type::F64, "double"),
            Kind::Float => Spelled::plain(Type::F32, "float"),
            Kind::Int32 => Spelled::plain(Type::I32, "int32"),
            Kind::Int64 => Spelled::plain(Type::I64, "int64"),
            Kind::Uint32 => Spelled::plain(Type::U32, "uint32"),
            Kind::Uint64 => Spelled::plain(Type::U64, "uint64"),
            Kind::Sint32 => Spelled::other(Type::I32, "sint32"),
            Kind::Sint64 => Spelled::other(Type::I64, "sint64"),
            Kind::Fixed32 => Spelled::other(Type::U32, "fixed32"),
            Kind::Fixed64 => Spelled::other(Type::U64, "fixed64"),
            Kind::Sfixed32 => Spelled::other(Type::I32, "sfixed32"),
            Kind::Sfixed64 => Spelled::other(Type::I64, "sfixed64"),
            Kind::Bool => Spelled::plain(Type::Bool, "bool"),
            Kind::String => Spelled::plain(Type::String, "string"),
            Kind::Bytes => Spelled::plain(Type::Bytes, "bytes"),
            Kind::Message(message) => self.message_value(message),
            Kind::Enum(declared) => Spelled::plain(Type::Named(names::enumeration(declared)), declared.full_name()),
        }
    }

    /// A message where it stands for a value that is there; that of a wrapper may be absent.
    pub(super) fn message_value(&self, message: &MessageDescriptor) -> Spelled {
        let name = message.full_name();
        if !self.plain_messages {
            match name {
                "google.protobuf.Duration" => return Spelled::plain(Type::Duration, name),
                "google.protobuf.Timestamp" => return Spelled::plain(Type::Time, name),
                "google.protobuf.Empty" => return Spelled::plain(Type::Unit, name),
                _ => {}
            }
            if let Some(ty) = wrapped(name) {
                return Spelled::other(Type::Option(Box::new(ty)), name);
            }
        }
        Spelled::plain(Type::Named(names::message(message)), name)
    }
}

/// What is in a wrapper.
fn wrapped(message: &str) -> Option<Type> {
    Some(match message.strip_prefix("google.protobuf.")? {
        "DoubleValue" => Type::F64,
        "FloatValue" => Type::F32,
        "Int64Value" => Type::I64,
        "UInt64Value" => Type::U64,
        "Int32Value" => Type::I32,
        "UInt32Value" => Type::U32,
        "BoolValue" => Type::Bool,
        "StringValue" => Type::String,
        "BytesValue" => Type::Bytes,
        _ => return None,
    })
}

/// What the file says that the field is where nothing else is said.
pub(super) fn default(field: &FieldDescriptor) -> Option<Literal> {
    let written = field.field_descriptor_proto().default_value.as_ref()?;
    Some(match (field.kind(), field.default_value()) {
        (Kind::Enum(declared), _) => Literal::EnumValue(names::enumeration(&declared), written.clone()),
        (_, Value::Bool(value)) => Literal::Bool(value),
        (_, Value::I32(value)) => Literal::Int(value.into()),
        (_, Value::I64(value)) => Literal::Int(value.into()),
        (_, Value::U32(value)) => Literal::Int(value.into()),
        (_, Value::U64(value)) => Literal::Int(value.into()),
        // Of a float as it is written, not as it is stored: 0.1 rather than 0.10000000149.
        (_, Value::F32(value)) => Literal::Float(written.parse().unwrap_or_else(|_| value.into())),
        (_, Value::F64(value)) => Literal::Float(value),
        (_, Value::String(value)) => Literal::String(value),
        (_, Value::Bytes(value)) => Literal::Bytes(value.to_vec()),
        _ => return None,
    })
}
