//! Services.

use protox::prost_reflect::{MethodDescriptor, ServiceDescriptor, prost_types::method_options::IdempotencyLevel};

use super::Lowering;
use crate::model::{Fails, Field, Method, Named, Presence, Service, Type};

impl Lowering<'_> {
    pub(super) fn service(&self, service: &ServiceDescriptor) -> Service {
        let options = service.service_descriptor_proto().options.as_ref();
        let deprecated = options.is_some_and(|options| options.deprecated());
        Service {
            named: self.named(service.name(), service.path(), deprecated),
            full_name: service.full_name().to_owned(),
            methods: service.methods().map(|method| self.method(&method)).collect(),
        }
    }

    fn method(&self, method: &MethodDescriptor) -> Method {
        let options = method.method_descriptor_proto().options.as_ref();
        let level = options.map_or(IdempotencyLevel::IdempotencyUnknown, |options| options.idempotency_level());
        let deprecated = options.is_some_and(|options| options.deprecated());
        let docs = self.places.docs_of_method(method.path());
        let named = Named { docs, ..self.named(method.name(), method.path(), deprecated) };
        let request = self.message_value(&method.input());
        let argument = || Field {
            named: Named { name: "request".to_owned(), docs: Vec::new(), deprecated: None, place: named.place.clone() },
            tag: Some(1),
            written: request.written(),
            ty: request.ty.clone(),
            presence: Presence::Required,
            default: None,
            boxed: false,
        };
        let streams = method.is_client_streaming();
        Method {
            arguments: if streams || request.ty == Type::Unit { Vec::new() } else { vec![argument()] },
            takes_items: streams.then(|| request.ty.clone()),
            reply: self.message_value(&method.output()).ty,
            gives_items: method.is_server_streaming(),
            fails: Fails::WithStatus,
            oneway: false,
            idempotent: level != IdempotencyLevel::IdempotencyUnknown,
            named,
        }
    }
}
