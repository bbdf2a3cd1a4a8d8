trait Arguments: ::core::marker::Send + ::core::marker::Sync + 'static {
    fn text(
        &self,
        a: &str,
    ) -> impl ::core::future::Future<Output = String> + ::core::marker::Send;
    fn bytes(
        &self,
        a: &[u8],
    ) -> impl ::core::future::Future<Output = Vec<u8>> + ::core::marker::Send;
    fn buffer(
        &self,
        a: Vec<u8>,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send;
    fn slice(
        &self,
        a: &[Quote],
    ) -> impl ::core::future::Future<Output = u64> + ::core::marker::Send;
    fn lent(
        &self,
        a: &HashMap<String, Quote>,
    ) -> impl ::core::future::Future<
        Output = Result<(), QuoteError>,
    > + ::core::marker::Send;
    fn owned(
        &self,
        a: (u8, Option<Quote>),
    ) -> impl ::core::future::Future<Output = Option<Quote>> + ::core::marker::Send;
}
/// Client of [`Arguments`]: every method is a call, which is sent when it is polled. Cheap to clone.
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
struct ArgumentsClient {
    stub: ::rpc_core::__private::Stub,
}
/// Serves an implementation of [`Arguments`].
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
#[derive(::core::fmt::Debug)]
struct ArgumentsServer<__S>(::rpc_core::__private::Hosted<__S>);
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
const _: () = {
    use ::rpc_core::__private as __rpc;
    impl ArgumentsClient {
        /// The service's name and its methods, in the order of declaration.
        const DESCRIPTOR: &'static __rpc::ServiceDescriptor = &__rpc::ServiceDescriptor {
            name: "Arguments",
            methods: &[
                __rpc::MethodDescriptor::new("text"),
                __rpc::MethodDescriptor::new("bytes"),
                __rpc::MethodDescriptor::new("buffer"),
                __rpc::MethodDescriptor::new("slice"),
                __rpc::MethodDescriptor::new("lent"),
                __rpc::MethodDescriptor::new("owned"),
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
        fn in_process(service: impl Arguments) -> Self {
            Self::new(__rpc::in_process(ArgumentsServer::new(service)))
        }
        /// The same client, of a service that goes by another name.
        fn named(self, name: impl __rpc::Into<__rpc::String>) -> Self {
            Self {
                stub: self.stub.named(name),
            }
        }
        /// Calls `text`.
        fn text<'a>(
            &'a self,
            a: &'a str,
        ) -> __rpc::Call<'a, (__rpc::Str<'a>,), String, __rpc::Infallible> {
            self.stub.call(&Self::DESCRIPTOR.methods[0], (__rpc::Str::from(a),))
        }
        /// Calls `bytes`.
        fn bytes<'a>(
            &'a self,
            a: &'a [u8],
        ) -> __rpc::Call<'a, (__rpc::Blob<'a>,), Vec<u8>, __rpc::Infallible> {
            self.stub.call_bytes(&Self::DESCRIPTOR.methods[1], (__rpc::Blob::from(a),))
        }
        /// Calls `buffer`.
        fn buffer(
            &self,
            a: Vec<u8>,
        ) -> __rpc::Call<'_, (__rpc::Buffer,), (), __rpc::Infallible> {
            self.stub.call(&Self::DESCRIPTOR.methods[2], (__rpc::Buffer(a),))
        }
        /// Calls `slice`.
        fn slice<'a>(
            &'a self,
            a: &'a [Quote],
        ) -> __rpc::Call<'a, (&'a [Quote],), u64, __rpc::Infallible> {
            self.stub.call(&Self::DESCRIPTOR.methods[3], (a,))
        }
        /// Calls `lent`.
        fn lent<'a>(
            &'a self,
            a: &'a HashMap<String, Quote>,
        ) -> __rpc::Call<'a, (&'a HashMap<String, Quote>,), (), QuoteError> {
            self.stub.try_call(&Self::DESCRIPTOR.methods[4], (a,))
        }
        /// Calls `owned`.
        fn owned(
            &self,
            a: (u8, Option<Quote>),
        ) -> __rpc::Call<'_, ((u8, Option<Quote>),), Option<Quote>, __rpc::Infallible> {
            self.stub.call(&Self::DESCRIPTOR.methods[5], (a,))
        }
    }
    impl<__S: Arguments> ArgumentsServer<__S> {
        /// Serves `service` under the name of the trait.
        fn new(service: __S) -> Self {
            Self::from_arc(__rpc::Arc::new(service))
        }
        /// Serves a `service` that others hold as well.
        fn from_arc(service: __rpc::Arc<__S>) -> Self {
            Self(__rpc::Hosted::new(service, ArgumentsClient::DESCRIPTOR))
        }
        /// The same service under another name.
        fn named(self, name: impl __rpc::Into<__rpc::String>) -> Self {
            Self(self.0.named(name))
        }
    }
    impl<__S: Arguments> __rpc::Service for ArgumentsServer<__S> {
        fn identity(&self) -> &__rpc::Identity {
            self.0.identity()
        }
        fn start(&self, request: __rpc::Request, slot: &mut __rpc::Slot) {
            let service = self.0.service();
            let (method, input, output) = request.into_parts();
            slot.set(async move {
                match method {
                    0 => {
                        let (a,) = input.args::<(__rpc::Str<'_>,)>()?;
                        output.value(Arguments::text(&*service, &a).await)
                    }
                    1 => {
                        let (a,) = input.args::<(__rpc::Blob<'_>,)>()?;
                        output.bytes(Arguments::bytes(&*service, &a).await)
                    }
                    2 => {
                        let (a,) = input.args::<(__rpc::Buffer,)>()?;
                        output.value(Arguments::buffer(&*service, a.0).await)
                    }
                    3 => {
                        let (a,) = input.args::<(__rpc::Vec<Quote>,)>()?;
                        output.value(Arguments::slice(&*service, &a).await)
                    }
                    4 => {
                        let (a,) = input.args::<(HashMap<String, Quote>,)>()?;
                        output.result(Arguments::lent(&*service, &a).await)
                    }
                    5 => {
                        let (a,) = input.args::<((u8, Option<Quote>),)>()?;
                        output.value(Arguments::owned(&*service, a).await)
                    }
                    other => output.no_method(other),
                }
            });
        }
    }
};
