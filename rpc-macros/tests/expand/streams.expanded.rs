/// Streams in either direction, in both, and beside every other argument.
pub trait Streams: ::core::marker::Send + ::core::marker::Sync + 'static {
    fn watch(
        &self,
        a: Vec<String>,
    ) -> impl ::core::future::Future<
        Output = impl Stream<Item = Quote> + ::core::marker::Send,
    > + ::core::marker::Send;
    fn results(
        &self,
        a: &str,
    ) -> impl ::core::future::Future<
        Output = impl Stream<Item = Result<Quote, QuoteError>> + ::core::marker::Send,
    > + ::core::marker::Send;
    fn opened(
        &self,
    ) -> impl ::core::future::Future<
        Output = Result<
            impl Stream<Item = Quote> + Send + ::core::marker::Send,
            QuoteError,
        >,
    > + ::core::marker::Send;
    fn both_fail(
        &self,
        a: u32,
    ) -> impl ::core::future::Future<
        Output = Result<
            impl Stream<Item = Result<Quote, QuoteError>> + ::core::marker::Send,
            QuoteError,
        >,
    > + ::core::marker::Send;
    fn bytes(
        &self,
        a: &str,
    ) -> impl ::core::future::Future<
        Output = impl Stream<Item = Vec<u8>> + ::core::marker::Send,
    > + ::core::marker::Send;
    fn byte_results(
        &self,
    ) -> impl ::core::future::Future<
        Output = impl Stream<Item = Result<Vec<u8>, QuoteError>> + ::core::marker::Send,
    > + ::core::marker::Send;
    fn opened_bytes(
        &self,
    ) -> impl ::core::future::Future<
        Output = std::result::Result<
            impl Stream<Item = Vec<u8>> + ::core::marker::Send,
            QuoteError,
        >,
    > + ::core::marker::Send;
    fn upload(
        &self,
        a: Streaming<Quote>,
    ) -> impl ::core::future::Future<
        Output = Result<u64, QuoteError>,
    > + ::core::marker::Send;
    fn store(
        &self,
        a: &str,
        b: Streaming<Vec<u8>>,
    ) -> impl ::core::future::Future<Output = Vec<u8>> + ::core::marker::Send;
    fn mixed(
        &self,
        a: &str,
        b: rpc_core::Streaming<Order>,
        c: u32,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send;
    fn trade(
        &self,
        a: Streaming<Order>,
    ) -> impl ::core::future::Future<
        Output = impl Stream<Item = Fill> + '_ + ::core::marker::Send,
    > + ::core::marker::Send;
    fn lent(
        &self,
        a: &[Account],
        b: Streaming<(Order, u8)>,
    ) -> impl ::core::future::Future<
        Output = Result<impl Stream<Item = Fill> + ::core::marker::Send, QuoteError>,
    > + ::core::marker::Send;
    #[allow(clippy::manual_async_fn)]
    fn with_body(
        &self,
        a: &str,
    ) -> impl ::core::future::Future<
        Output = Result<impl Stream<Item = char> + ::core::marker::Send, QuoteError>,
    > + ::core::marker::Send {
        async move {
            match a.is_empty() {
                true => Err(QuoteError::Empty)?,
                false => Ok(each(a.chars())),
            }
        }
    }
}
/// Client of [`Streams`]: every method is a call, which is sent when it is polled. Cheap to clone.
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct StreamsClient {
    stub: ::rpc_core::__private::Stub,
}
/// Serves an implementation of [`Streams`].
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
#[derive(::core::fmt::Debug)]
pub struct StreamsServer<__S>(::rpc_core::__private::Hosted<__S>);
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
const _: () = {
    use ::rpc_core::__private as __rpc;
    impl StreamsClient {
        /// The service's name and its methods, in the order of declaration.
        pub const DESCRIPTOR: &'static __rpc::ServiceDescriptor = &__rpc::ServiceDescriptor {
            name: "Streams",
            methods: &[
                __rpc::MethodDescriptor::new("watch")
                    .idempotent()
                    .gives_items()
                    .timeout(__rpc::Duration::from_micros(3600000000))
                    .idle_timeout(__rpc::Duration::from_micros(30000000)),
                __rpc::MethodDescriptor::new("results").gives_items(),
                __rpc::MethodDescriptor::new("opened").gives_items(),
                __rpc::MethodDescriptor::new("both_fail").gives_items(),
                __rpc::MethodDescriptor::new("bytes").gives_items(),
                __rpc::MethodDescriptor::new("byte_results").gives_items(),
                __rpc::MethodDescriptor::new("opened_bytes").gives_items(),
                __rpc::MethodDescriptor::new("upload")
                    .takes_items()
                    .idle_timeout(__rpc::Duration::from_micros(500000)),
                __rpc::MethodDescriptor::new("store").takes_items(),
                __rpc::MethodDescriptor::new("mixed").takes_items(),
                __rpc::MethodDescriptor::new("trade").takes_items().gives_items(),
                __rpc::MethodDescriptor::new("lent").takes_items().gives_items(),
                __rpc::MethodDescriptor::new("with_body").gives_items(),
            ],
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
        pub fn in_process(service: impl Streams) -> Self {
            Self::new(__rpc::in_process(StreamsServer::new(service)))
        }
        /// The same client, of a service that goes by another name.
        pub fn named(self, name: impl __rpc::Into<__rpc::String>) -> Self {
            Self {
                stub: self.stub.named(name),
            }
        }
        /// Calls `watch`.
        pub fn watch(
            &self,
            a: Vec<String>,
        ) -> __rpc::StreamCall<'_, (Vec<String>,), Quote, __rpc::Infallible> {
            self.stub.stream(&Self::DESCRIPTOR.methods[0], (a,))
        }
        /// Calls `results`.
        pub fn results<'a>(
            &'a self,
            a: &'a str,
        ) -> __rpc::StreamCall<'a, (__rpc::Str<'a>,), Quote, QuoteError> {
            self.stub.try_stream(&Self::DESCRIPTOR.methods[1], (__rpc::Str::from(a),))
        }
        /// Calls `opened`.
        pub fn opened(&self) -> __rpc::StreamCall<'_, (), Quote, QuoteError> {
            self.stub.try_stream(&Self::DESCRIPTOR.methods[2], ())
        }
        /// Calls `both_fail`.
        pub fn both_fail(
            &self,
            a: u32,
        ) -> __rpc::StreamCall<'_, (u32,), Quote, QuoteError> {
            self.stub.try_stream(&Self::DESCRIPTOR.methods[3], (a,))
        }
        /// Calls `bytes`.
        pub fn bytes<'a>(
            &'a self,
            a: &'a str,
        ) -> __rpc::StreamCall<'a, (__rpc::Str<'a>,), Vec<u8>, __rpc::Infallible> {
            self.stub.stream_bytes(&Self::DESCRIPTOR.methods[4], (__rpc::Str::from(a),))
        }
        /// Calls `byte_results`.
        pub fn byte_results(&self) -> __rpc::StreamCall<'_, (), Vec<u8>, QuoteError> {
            self.stub.try_stream_bytes(&Self::DESCRIPTOR.methods[5], ())
        }
        /// Calls `opened_bytes`.
        pub fn opened_bytes(&self) -> __rpc::StreamCall<'_, (), Vec<u8>, QuoteError> {
            self.stub.try_stream_bytes(&Self::DESCRIPTOR.methods[6], ())
        }
        /// Calls `upload`.
        pub fn upload(
            &self,
            a: impl __rpc::Stream<Item = Quote> + ::core::marker::Send + 'static,
        ) -> __rpc::Call<'_, (), u64, QuoteError> {
            self.stub.try_call(&Self::DESCRIPTOR.methods[7], ()).sending(a)
        }
        /// Calls `store`.
        pub fn store<'a>(
            &'a self,
            a: &'a str,
            b: impl __rpc::Stream<Item = Vec<u8>> + ::core::marker::Send + 'static,
        ) -> __rpc::Call<'a, (__rpc::Str<'a>,), Vec<u8>, __rpc::Infallible> {
            self.stub
                .call_bytes(&Self::DESCRIPTOR.methods[8], (__rpc::Str::from(a),))
                .sending_bytes(b)
        }
        /// Calls `mixed`.
        pub fn mixed<'a>(
            &'a self,
            a: &'a str,
            b: impl __rpc::Stream<Item = Order> + ::core::marker::Send + 'static,
            c: u32,
        ) -> __rpc::Call<'a, (__rpc::Str<'a>, u32), (), __rpc::Infallible> {
            self.stub
                .call(&Self::DESCRIPTOR.methods[9], (__rpc::Str::from(a), c))
                .sending(b)
        }
        /// Calls `trade`.
        pub fn trade(
            &self,
            a: impl __rpc::Stream<Item = Order> + ::core::marker::Send + 'static,
        ) -> __rpc::StreamCall<'_, (), Fill, __rpc::Infallible> {
            self.stub.stream(&Self::DESCRIPTOR.methods[10], ()).sending(a)
        }
        /// Calls `lent`.
        pub fn lent<'a>(
            &'a self,
            a: &'a [Account],
            b: impl __rpc::Stream<Item = (Order, u8)> + ::core::marker::Send + 'static,
        ) -> __rpc::StreamCall<'a, (&'a [Account],), Fill, QuoteError> {
            self.stub.try_stream(&Self::DESCRIPTOR.methods[11], (a,)).sending(b)
        }
        /// Calls `with_body`.
        pub fn with_body<'a>(
            &'a self,
            a: &'a str,
        ) -> __rpc::StreamCall<'a, (__rpc::Str<'a>,), char, QuoteError> {
            self.stub.try_stream(&Self::DESCRIPTOR.methods[12], (__rpc::Str::from(a),))
        }
    }
    impl<__S: Streams> StreamsServer<__S> {
        /// Serves `service` under the name of the trait.
        pub fn new(service: __S) -> Self {
            Self::from_arc(__rpc::Arc::new(service))
        }
        /// Serves a `service` that others hold as well.
        pub fn from_arc(service: __rpc::Arc<__S>) -> Self {
            Self(__rpc::Hosted::new(service, StreamsClient::DESCRIPTOR))
        }
        /// The same service under another name.
        pub fn named(self, name: impl __rpc::Into<__rpc::String>) -> Self {
            Self(self.0.named(name))
        }
    }
    impl<__S: Streams> __rpc::Service for StreamsServer<__S> {
        fn identity(&self) -> &__rpc::Identity {
            self.0.identity()
        }
        fn start(&self, request: __rpc::Request, slot: &mut __rpc::Slot) {
            let service = self.0.service();
            let (method, input, output) = request.into_parts();
            slot.set(async move {
                match method {
                    0 => {
                        let (a,) = input.args::<(Vec<String>,)>()?;
                        let items = Streams::watch(&*service, a).await;
                        output.stream(items, __rpc::item).await
                    }
                    1 => {
                        let (a,) = input.args::<(__rpc::Str<'_>,)>()?;
                        let items = Streams::results(&*service, &a).await;
                        output.stream(items, __rpc::item_result).await
                    }
                    2 => {
                        let () = input.args::<()>()?;
                        let items = Streams::opened(&*service).await;
                        output.try_stream(items, __rpc::item).await
                    }
                    3 => {
                        let (a,) = input.args::<(u32,)>()?;
                        let items = Streams::both_fail(&*service, a).await;
                        output.try_stream(items, __rpc::item_result).await
                    }
                    4 => {
                        let (a,) = input.args::<(__rpc::Str<'_>,)>()?;
                        let items = Streams::bytes(&*service, &a).await;
                        output.stream(items, __rpc::byte_item).await
                    }
                    5 => {
                        let () = input.args::<()>()?;
                        let items = Streams::byte_results(&*service).await;
                        output.stream(items, __rpc::byte_item_result).await
                    }
                    6 => {
                        let () = input.args::<()>()?;
                        let items = Streams::opened_bytes(&*service).await;
                        output.try_stream(items, __rpc::byte_item).await
                    }
                    7 => {
                        let () = input.args::<()>()?;
                        let a = input.items::<Quote>();
                        output.result(Streams::upload(&*service, a).await)
                    }
                    8 => {
                        let (a,) = input.args::<(__rpc::Str<'_>,)>()?;
                        let b = input.byte_items();
                        output.bytes(Streams::store(&*service, &a, b).await)
                    }
                    9 => {
                        let (a, c) = input.args::<(__rpc::Str<'_>, u32)>()?;
                        let b = input.items::<Order>();
                        output.value(Streams::mixed(&*service, &a, b, c).await)
                    }
                    10 => {
                        let () = input.args::<()>()?;
                        let a = input.items::<Order>();
                        let items = Streams::trade(&*service, a).await;
                        output.stream(items, __rpc::item).await
                    }
                    11 => {
                        let (a,) = input.args::<(__rpc::Vec<Account>,)>()?;
                        let b = input.items::<(Order, u8)>();
                        let items = Streams::lent(&*service, &a, b).await;
                        output.try_stream(items, __rpc::item).await
                    }
                    12 => {
                        let (a,) = input.args::<(__rpc::Str<'_>,)>()?;
                        let items = Streams::with_body(&*service, &a).await;
                        output.try_stream(items, __rpc::item).await
                    }
                    other => output.no_method(other),
                }
            });
        }
    }
};
