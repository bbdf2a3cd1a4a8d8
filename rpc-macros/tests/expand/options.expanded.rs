pub(crate) trait Options: ::core::marker::Send + ::core::marker::Sync + 'static {
    #[deprecated = "use `fill`"]
    #[must_use]
    fn store(&self) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send;
    fn fill(&self) -> impl ::core::future::Future<Output = bool> + ::core::marker::Send;
}
/// Client of [`Options`]: every method is a call, which is sent when it is polled. Cheap to clone.
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub(crate) struct OptionsClient {
    stub: crate::rpc::__private::Stub,
}
/// Serves an implementation of [`Options`].
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
#[derive(::core::fmt::Debug)]
pub(crate) struct OptionsServer<__S>(crate::rpc::__private::Hosted<__S>);
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
const _: () = {
    use crate::rpc::__private as __rpc;
    impl OptionsClient {
        /// The service's name and its methods, in the order of declaration.
        pub(crate) const DESCRIPTOR: &'static __rpc::ServiceDescriptor = &__rpc::ServiceDescriptor {
            name: "market.Options",
            methods: &[
                __rpc::MethodDescriptor::new("put").oneway(),
                __rpc::MethodDescriptor::new("fill")
                    .idempotent()
                    .timeout(__rpc::Duration::from_micros(120000000)),
            ],
        };
        /// A client that calls over `channel`.
        pub(crate) fn new(channel: __rpc::Channel) -> Self {
            Self {
                stub: __rpc::Stub::new(channel, Self::DESCRIPTOR),
            }
        }
        /// Dials `url`, such as `tcp://127.0.0.1:7000`, and fails if nobody answers.
        pub(crate) async fn connect(
            url: &str,
        ) -> __rpc::Result<Self, __rpc::ConnectError> {
            __rpc::Channel::connect(url).await.map(Self::new)
        }
        /// A client of a service in this process: no socket, but values are encoded all the same.
        pub(crate) fn in_process(service: impl Options) -> Self {
            Self::new(__rpc::in_process(OptionsServer::new(service)))
        }
        /// The same client, of a service that goes by another name.
        pub(crate) fn named(self, name: impl __rpc::Into<__rpc::String>) -> Self {
            Self {
                stub: self.stub.named(name),
            }
        }
        /// Calls `store`.
        #[deprecated = "use `fill`"]
        pub(crate) fn store(&self) -> __rpc::Call<'_, (), (), __rpc::Infallible> {
            self.stub.call(&Self::DESCRIPTOR.methods[0], ())
        }
        /// Calls `fill`.
        pub(crate) fn fill(&self) -> __rpc::Call<'_, (), bool, __rpc::Infallible> {
            self.stub.call(&Self::DESCRIPTOR.methods[1], ())
        }
    }
    impl<__S: Options> OptionsServer<__S> {
        /// Serves `service` under the name of the trait.
        pub(crate) fn new(service: __S) -> Self {
            Self::from_arc(__rpc::Arc::new(service))
        }
        /// Serves a `service` that others hold as well.
        pub(crate) fn from_arc(service: __rpc::Arc<__S>) -> Self {
            Self(__rpc::Hosted::new(service, OptionsClient::DESCRIPTOR))
        }
        /// The same service under another name.
        pub(crate) fn named(self, name: impl __rpc::Into<__rpc::String>) -> Self {
            Self(self.0.named(name))
        }
    }
    impl<__S: Options> __rpc::Service for OptionsServer<__S> {
        fn identity(&self) -> &__rpc::Identity {
            self.0.identity()
        }
        fn start(&self, request: __rpc::Request, slot: &mut __rpc::Slot) {
            let service = self.0.service();
            let (method, input, output) = request.into_parts();
            slot.set(async move {
                match method {
                    0 => {
                        let () = input.args::<()>()?;
                        output.nothing(Options::store(&*service).await)
                    }
                    1 => {
                        let () = input.args::<()>()?;
                        output.value(Options::fill(&*service).await)
                    }
                    other => output.no_method(other),
                }
            });
        }
    }
};
