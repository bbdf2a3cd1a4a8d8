trait Tags: ::core::marker::Send + ::core::marker::Sync + 'static {
    fn place(
        &self,
        id: u64,
        note: &str,
    ) -> impl ::core::future::Future<Output = u64> + ::core::marker::Send;
    fn fill(
        &self,
        prices: Streaming<u64>,
        id: u64,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send;
    fn forget(
        &self,
        id: u64,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send;
}
/// Client of [`Tags`]: every method is a call, which is sent when it is polled. Cheap to clone.
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
struct TagsClient {
    stub: ::rpc_core::__private::Stub,
}
/// Serves an implementation of [`Tags`].
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
#[derive(::core::fmt::Debug)]
struct TagsServer<__S>(::rpc_core::__private::Hosted<__S>);
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
const _: () = {
    use ::rpc_core::__private as __rpc;
    impl TagsClient {
        /// The service's name and its methods, in the order of declaration.
        const DESCRIPTOR: &'static __rpc::ServiceDescriptor = &__rpc::ServiceDescriptor {
            name: "Tags",
            methods: &[
                __rpc::MethodDescriptor::new("place").argument_tags(&[1, -2]),
                __rpc::MethodDescriptor::new("fill").takes_items().argument_tags(&[2]),
                __rpc::MethodDescriptor::new("forget").oneway().argument_tags(&[3]),
            ],
        };
        /// A client that calls over `channel`.
        fn new(channel: __rpc::Channel) -> Self {
            Self {
                stub: __rpc::Stub::new(channel, Self::DESCRIPTOR),
            }
        }
        /// Dials `url`, such as `tcp://127.0.0.1:7000`, and fails if nobody answers.
        async fn connect(url: &str) -> __rpc::Result<Self, __rpc::ConnectError> {
            __rpc::Channel::connect(url).await.map(Self::new)
        }
        /// A client of a service in this process: no socket, but values are encoded all the same.
        fn in_process(service: impl Tags) -> Self {
            Self::new(__rpc::in_process(TagsServer::new(service)))
        }
        /// The same client, of a service that goes by another name.
        fn named(self, name: impl __rpc::Into<__rpc::String>) -> Self {
            Self {
                stub: self.stub.named(name),
            }
        }
        /// Calls `place`.
        fn place<'a>(
            &'a self,
            id: u64,
            note: &'a str,
        ) -> __rpc::Call<'a, (u64, __rpc::Str<'a>), u64, __rpc::Infallible> {
            self.stub.call(&Self::DESCRIPTOR.methods[0], (id, __rpc::Str::from(note)))
        }
        /// Calls `fill`.
        fn fill(
            &self,
            prices: impl __rpc::Stream<Item = u64> + ::core::marker::Send + 'static,
            id: u64,
        ) -> __rpc::Call<'_, (u64,), (), __rpc::Infallible> {
            self.stub.call(&Self::DESCRIPTOR.methods[1], (id,)).sending(prices)
        }
        /// Calls `forget`.
        fn forget(&self, id: u64) -> __rpc::Call<'_, (u64,), (), __rpc::Infallible> {
            self.stub.call(&Self::DESCRIPTOR.methods[2], (id,))
        }
    }
    impl<__S: Tags> TagsServer<__S> {
        /// Serves `service` under the name of the trait.
        fn new(service: __S) -> Self {
            Self::from_arc(__rpc::Arc::new(service))
        }
        /// Serves a `service` that others hold as well.
        fn from_arc(service: __rpc::Arc<__S>) -> Self {
            Self(__rpc::Hosted::new(service, TagsClient::DESCRIPTOR))
        }
        /// The same service under another name.
        fn named(self, name: impl __rpc::Into<__rpc::String>) -> Self {
            Self(self.0.named(name))
        }
    }
    impl<__S: Tags> __rpc::Service for TagsServer<__S> {
        fn identity(&self) -> &__rpc::Identity {
            self.0.identity()
        }
        fn start(&self, request: __rpc::Request, slot: &mut __rpc::Slot) {
            let service = self.0.service();
            let (method, input, output) = request.into_parts();
            slot.set(async move {
                match method {
                    0 => {
                        let (id, note) = input.args::<(u64, __rpc::Str<'_>)>()?;
                        output.value(Tags::place(&*service, id, &note).await)
                    }
                    1 => {
                        let (id,) = input.args::<(u64,)>()?;
                        let prices = input.items::<u64>();
                        output.value(Tags::fill(&*service, prices, id).await)
                    }
                    2 => {
                        let (id,) = input.args::<(u64,)>()?;
                        output.nothing(Tags::forget(&*service, id).await)
                    }
                    other => output.no_method(other),
                }
            });
        }
    }
};
