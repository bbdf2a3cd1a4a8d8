//! Enums.

use protox::prost_reflect::{EnumDescriptor, Syntax};

use super::{Lowering, names};
use crate::model::{Enum, EnumValue, Item, ItemKind};

impl Lowering<'_> {
    pub(super) fn enumeration(&self, declared: &EnumDescriptor, within: &[String]) -> Item {
        let mut values: Vec<_> = declared.values().collect();
        // As they are declared: a path ends with the index, while the parser goes by the numbers.
        values.sort_by_key(|value| value.path().last().copied());
        let values = values.iter().map(|value| {
            let options = value.enum_value_descriptor_proto().options.as_ref();
            let deprecated = options.is_some_and(|options| options.deprecated());
            EnumValue { named: self.named(value.name(), value.path(), deprecated), number: value.number() }
        });
        let options = declared.enum_descriptor_proto().options.as_ref();
        let deprecated = options.is_some_and(|options| options.deprecated());
        let open = declared.parent_file().syntax() == Syntax::Proto3;
        Item {
            named: self.named(declared.name(), declared.path(), deprecated),
            within: within.to_vec(),
            full_name: names::enumeration(declared),
            kind: ItemKind::Enum(Enum { values: values.collect(), open }),
        }
    }
}
