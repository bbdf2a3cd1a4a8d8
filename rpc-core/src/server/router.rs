//! Which service and method a request is for, by the method's id on the wire. Built once, before anything listens.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
};

use super::{BindError, service::Service};
use crate::{
    method::{MethodDescriptor, method_id},
    wire::HelloService,
};

/// Most services of one server: what fits into a hello (protocol §3.7).
const SERVICES: usize = 1_024;

/// The services of a server.
pub(super) struct Router {
    services: Vec<Arc<dyn Service>>,
    routes: HashMap<u32, Route, BuildHasherDefault<Unhashed>>,
}

/// Where a method is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// The service's place among the services.
    pub(super) service: usize,
    /// The method's place in the service's descriptor.
    pub(super) method: usize,
}

impl Router {
    /// # Errors
    /// Two services of one name, two methods of one id, or too many services.
    pub(super) fn new(services: Vec<Arc<dyn Service>>) -> Result<Self, BindError> {
        if services.len() > SERVICES {
            return Err(BindError::TooManyServices { got: services.len(), limit: SERVICES });
        }
        let mut routes = HashMap::<u32, Route, _>::default();
        for (place, service) in services.iter().enumerate() {
            let identity = service.identity();
            let name = &identity.name;
            if services[..place].iter().any(|earlier| earlier.identity().name == *name) {
                return Err(BindError::DuplicateService { name: name.to_string() });
            }
            for (method, descriptor) in identity.descriptor.methods.iter().enumerate() {
                let id = method_id(identity.hash, descriptor.hash);
                if let Some(other) = routes.insert(id, Route { service: place, method }) {
                    let identity = services[other.service].identity();
                    return Err(BindError::MethodCollision {
                        one: format!("{}/{}", identity.name, identity.descriptor.methods[other.method].name),
                        other: format!("{name}/{}", descriptor.name),
                        id,
                    });
                }
            }
        }
        Ok(Self { services, routes })
    }

    pub(super) fn find(&self, id: u32) -> Option<Route> {
        self.routes.get(&id).copied()
    }

    pub(super) fn service(&self, route: Route) -> &Arc<dyn Service> {
        &self.services[route.service]
    }

    #[inline]
    pub(super) fn method(&self, route: Route) -> &'static MethodDescriptor {
        &self.services[route.service].identity().descriptor.methods[route.method]
    }

    pub(super) fn services(&self) -> &[Arc<dyn Service>] {
        &self.services
    }

    /// The services as the hello names them.
    pub(super) fn announced(&self) -> Vec<HelloService> {
        let identities = self.services.iter().map(|service| service.identity());
        identities
            .map(|identity| HelloService { hash: identity.hash, fingerprint: 0, name: identity.name.to_string() })
            .collect()
    }
}

/// Method ids are hashes already, and those in the table are our own, so that no peer can choose them to collide.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unhashed(u64);

impl Hasher for Unhashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0 << 8 | u64::from(*byte));
    }

    fn write_u32(&mut self, id: u32) {
        // hashbrown takes its bucket from the low bits and a tag from the high ones.
        self.0 = u64::from(id) << 32 | u64::from(id);
    }
}
