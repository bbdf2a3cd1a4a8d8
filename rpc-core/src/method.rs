//! What is known of a service and its methods before any call: names, ids and options.
//!
//! The macro writes one [`ServiceDescriptor`] per trait as a constant. A method's id on the wire is made of the two
//! names and of nothing else, so that the order of declaration means nothing (protocol §5.2). Nothing here knows
//! arguments, codecs or connections.

use std::time::Duration;

/// The static facts of a service: its name and its methods in the order of declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceDescriptor {
    /// The name on the wire, such as `market.Quotes`; the trait's name unless `#[service(name = "…")]` says otherwise.
    pub name: &'static str,
    /// The methods, in the order of declaration.
    pub methods: &'static [MethodDescriptor],
}

/// The static facts of one method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MethodDescriptor {
    /// The method's name, as declared.
    pub name: &'static str,
    /// FNV-1a of the name; [`method_id`] makes the id on the wire of it.
    pub hash: u32,
    /// Whether the call has no response: `#[rpc(oneway)]`.
    pub oneway: bool,
    /// Whether running it twice does no harm: `#[rpc(idempotent)]`.
    pub idempotent: bool,
    /// The default deadline of a call: `#[rpc(timeout = "…")]`.
    pub timeout: Option<Duration>,
    /// The default of how long its streams may stand still: `#[rpc(idle_timeout = "…")]`.
    pub idle_timeout: Option<Duration>,
    /// Whether an argument is a stream.
    pub takes_items: bool,
    /// Whether the reply is a stream.
    pub gives_items: bool,
    /// The numbers of the arguments, streams apart, where they are not 1, 2, 3, …: `#[rpc(tags = "1, 3")]`.
    pub argument_tags: Option<&'static [i32]>,
}

impl MethodDescriptor {
    /// A method that has a response, is not idempotent and has no deadline of its own.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            hash: fnv1a32(name),
            oneway: false,
            idempotent: false,
            timeout: None,
            idle_timeout: None,
            takes_items: false,
            gives_items: false,
            argument_tags: None,
        }
    }

    /// The same method without a response.
    #[must_use]
    pub const fn oneway(self) -> Self {
        Self { oneway: true, ..self }
    }

    /// The same method, harmless to run twice.
    #[must_use]
    pub const fn idempotent(self) -> Self {
        Self { idempotent: true, ..self }
    }

    /// The same method with a default deadline.
    #[must_use]
    pub const fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// The same method with a default of how long its streams may stand still.
    #[must_use]
    pub const fn idle_timeout(self, timeout: Duration) -> Self {
        Self { idle_timeout: Some(timeout), ..self }
    }

    /// The same method with an argument that is a stream.
    #[must_use]
    pub const fn takes_items(self) -> Self {
        Self { takes_items: true, ..self }
    }

    /// The same method with a reply that is a stream.
    #[must_use]
    pub const fn gives_items(self) -> Self {
        Self { gives_items: true, ..self }
    }

    /// The same method with numbers for its arguments.
    #[must_use]
    pub const fn argument_tags(self, tags: &'static [i32]) -> Self {
        Self { argument_tags: Some(tags), ..self }
    }

    /// Whether items go either way.
    #[must_use]
    pub(crate) const fn streams(&self) -> bool {
        self.takes_items || self.gives_items
    }
}

/// The id of a method on the wire, from the hashes of the two names (protocol §5.2). Both sides keep the service's
/// hash in the stub, so that one trait can be served under several names.
#[must_use]
pub const fn method_id(service: u32, method: u32) -> u32 {
    service ^ method
}

/// FNV-1a, 32 bits, over the bytes of a name.
///
/// ```
/// assert_eq!(rpc_core::fnv1a32("add"), 0x3b39_1274);
/// ```
#[must_use]
pub const fn fnv1a32(name: &str) -> u32 {
    let bytes = name.as_bytes();
    let mut hash = 0x811c_9dc5_u32;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash
}
