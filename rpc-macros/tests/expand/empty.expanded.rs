pub trait Empty: ::core::marker::Send + ::core::marker::Sync + 'static {}
/// Client of [`Empty`]: every method is a call, which is sent when it is polled. Cheap to clone.
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct EmptyClient {
    stub: ::rpc_core::__private::Stub,
}
/// Serves an implementation of [`Empty`].
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
#[derive(::core::fmt::Debug)]
pub struct EmptyServer<__S>(::rpc_core::__private::Hosted<__S>);
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
const _: () = {
    use ::rpc_core::__private as __rpc;
    impl EmptyClient {
        /// The service's name and its methods, in the order of declaration.
        pub const DESCRIPTOR: &'static __rpc::ServiceDescriptor = &__rpc::ServiceDescriptor {
            name: "Empty",
            methods: &[],
        };
        /// A client that calls over `channel`.
        pub fn new(channel: __rpc::Channel) -> Self {
            Self {
                stub: __rpc::Stub::new(channel, Self::DESCRIPTOR),
            }
        }
        /// Dials `url`, such as `tcp://127.0.0.1:7000`, and fails if nobody answers.
        pub async fn connect(url: &str) -> __rpc::Result<Self, __rpc::ConnectError> {
            __rpc::Channel::connect(url).await.map(Self::new)
        }
        /// A client of a service in this process: no socket, but values are encoded all the same.
        pub fn in_process(service: impl Empty) -> Self {
            Self::new(__rpc::in_process(EmptyServer::new(service)))
        }
        /// The same client, of a service that goes by another name.
        pub fn named(self, name: impl __rpc::Into<__rpc::String>) -> Self {
            Self {
                stub: self.stub.named(name),
            }
        }
    }
    impl<__S: Empty> EmptyServer<__S> {
        /// Serves `service` under the name of the trait.
        pub fn new(service: __S) -> Self {
            Self::from_arc(__rpc::Arc::new(service))
        }
        /// Serves a `service` that others hold as well.
        pub fn from_arc(service: __rpc::Arc<__S>) -> Self {
            Self(__rpc::Hosted::new(service, EmptyClient::DESCRIPTOR))
        }
        /// The same service under another name.
        pub fn named(self, name: impl __rpc::Into<__rpc::String>) -> Self {
            Self(self.0.named(name))
        }
    }
    impl<__S: Empty> __rpc::Service for EmptyServer<__S> {
        fn identity(&self) -> &__rpc::Identity {
            self.0.identity()
        }
        fn start(&self, request: __rpc::Request, slot: &mut __rpc::Slot) {
            let service = self.0.service();
            let (method, input, output) = request.into_parts();
            slot.set(async move {
                match method {
                    other => output.no_method(other),
                }
            });
        }
    }
};
