//! Messages, their fields and oneofs.

use protox::prost_reflect::{ExtensionDescriptor, FieldDescriptor, MessageDescriptor, OneofDescriptor};

use super::{Lowering, names, options, types};
use crate::model::{Field, Item, ItemKind, Presence, Type};

impl Lowering<'_> {
    /// Adds a message and what is declared within it.
    pub(super) fn message(&mut self, message: &MessageDescriptor, within: &[String], items: &mut Vec<Item>) {
        if message.is_map_entry() {
            return;
        }
        self.look_for_message_set(message);
        let options = message.descriptor_proto().options.as_ref();
        let deprecated = options.is_some_and(|options| options.deprecated());
        items.push(Item {
            named: self.named(message.name(), message.path(), deprecated),
            within: within.to_vec(),
            full_name: names::message(message),
            kind: ItemKind::Message { fields: self.fields(message), exception: false },
        });
        let within: Vec<String> = within.iter().cloned().chain([message.name().to_owned()]).collect();
        for oneof in message.oneofs().filter(|oneof| !oneof.is_synthetic()) {
            items.push(self.choice(message, &oneof, &within));
        }
        for inner in message.child_messages() {
            self.message(&inner, &within, items);
        }
        for inner in message.child_enums() {
            items.push(self.enumeration(&inner, &within));
        }
        self.extensions(message.child_extensions());
    }

    /// The fields, with a oneof in the place of its first member.
    fn fields(&self, message: &MessageDescriptor) -> Vec<Field> {
        let mut fields = Vec::new();
        let mut seen: Vec<String> = Vec::new();
        for field in in_order(message.fields()) {
            match field.containing_oneof().filter(|oneof| !oneof.is_synthetic()) {
                None => fields.push(self.field(&field)),
                Some(oneof) if seen.iter().any(|name| name == oneof.name()) => {}
                Some(oneof) => {
                    seen.push(oneof.name().to_owned());
                    fields.push(self.oneof_field(message, &oneof));
                }
            }
        }
        fields
    }

    fn field(&self, field: &FieldDescriptor) -> Field {
        let mut spelled = self.field_type(field);
        let presence = presence(field);
        if let Type::Option(inner) = spelled.ty {
            spelled.ty = *inner;
        }
        self.plain_field(field, spelled, presence, types::default(field))
    }

    fn variant(&self, field: &FieldDescriptor) -> Field {
        self.plain_field(field, self.field_type(field), Presence::Required, None)
    }

    fn plain_field(
        &self,
        field: &FieldDescriptor,
        spelled: types::Spelled,
        presence: Presence,
        default: Option<crate::model::Literal>,
    ) -> Field {
        let options = field.field_descriptor_proto().options.as_ref();
        let deprecated = options.is_some_and(|options| options.deprecated());
        Field {
            named: self.named(field.name(), field.path(), deprecated),
            tag: Some(field.number().cast_signed()),
            written: spelled.written(),
            ty: spelled.ty,
            presence,
            default,
            boxed: false,
        }
    }

    fn oneof_field(&self, message: &MessageDescriptor, oneof: &OneofDescriptor) -> Field {
        let required = options::oneof_is_required(oneof);
        Field {
            named: self.named(oneof.name(), oneof.path(), false),
            tag: None,
            ty: Type::Named(choice_name(message, oneof)),
            presence: if required { Presence::Required } else { Presence::Optional },
            default: None,
            boxed: false,
            written: None,
        }
    }

    fn choice(&self, message: &MessageDescriptor, oneof: &OneofDescriptor, within: &[String]) -> Item {
        Item {
            named: self.named(oneof.name(), oneof.path(), false),
            within: within.to_vec(),
            full_name: choice_name(message, oneof),
            kind: ItemKind::Choice(in_order(oneof.fields()).iter().map(|field| self.variant(field)).collect()),
        }
    }

    /// Says of fields that are added to somebody else's message that they are left out; options are silently so.
    pub(super) fn extensions(&mut self, extensions: impl Iterator<Item = ExtensionDescriptor>) {
        for extension in extensions {
            let extended = extension.containing_message();
            if options::is_options(extended.full_name()) {
                continue;
            }
            let message = format!("the extension field `{}` is left out", extension.full_name());
            let help = format!("a field that `{}` is to have must be declared in it", extended.full_name());
            self.warn(self.places.name(extension.path()), message, &help);
        }
    }

    fn look_for_message_set(&mut self, message: &MessageDescriptor) {
        let options = message.descriptor_proto().options.as_ref();
        if options.is_some_and(|options| options.message_set_wire_format()) {
            let text = format!("`{}` is read as any other message, not as a message set", message.full_name());
            self.warn(self.places.name(message.path()), text, "leave `message_set_wire_format` out");
        }
    }
}

/// As they are declared: a path ends with the index, while the parser goes by the numbers.
fn in_order(fields: impl Iterator<Item = FieldDescriptor>) -> Vec<FieldDescriptor> {
    let mut fields: Vec<_> = fields.collect();
    fields.sort_by_key(|field| field.path().last().copied());
    fields
}

fn choice_name(message: &MessageDescriptor, oneof: &OneofDescriptor) -> String {
    format!("{}.{}", names::message(message), oneof.name())
}

/// Required is what the file calls so. An option that says so counts where else the field could be told to be absent:
/// a zero of proto3 is not sent, so that nobody can tell it from nothing.
fn presence(field: &FieldDescriptor) -> Presence {
    match (field.is_required(), field.supports_presence()) {
        (true, _) => Presence::Required,
        (false, false) => Presence::Always,
        (false, true) if options::field_is_required(field) => Presence::Required,
        (false, true) => Presence::Optional,
    }
}
