/// Prices of everything.
pub trait Quotes: ::core::marker::Send + ::core::marker::Sync + 'static {
    /// Answers if anybody is there.
    fn ping(&self) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send;
    fn quote(
        &self,
        symbol: &str,
    ) -> impl ::core::future::Future<
        Output = Result<Quote, QuoteError>,
    > + ::core::marker::Send;
    fn history(
        &self,
        symbol: &str,
        days: u32,
    ) -> impl ::core::future::Future<Output = Vec<Quote>> + ::core::marker::Send;
    fn log(
        &self,
        line: String,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send;
}
/// Client of [`Quotes`]: every method is a call, which is sent when it is polled. Cheap to clone.
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct QuotesClient {
    stub: ::rpc_core::__private::Stub,
}
/// Serves an implementation of [`Quotes`].
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
#[derive(::core::fmt::Debug)]
pub struct QuotesServer<__S>(::rpc_core::__private::Hosted<__S>);
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
const _: () = {
    use ::rpc_core::__private as __rpc;
    impl QuotesClient {
        /// The service's name and its methods, in the order of declaration.
        pub const DESCRIPTOR: &'static __rpc::ServiceDescriptor = &__rpc::ServiceDescriptor {
            name: "Quotes",
            methods: &[
                __rpc::MethodDescriptor::new("ping"),
                __rpc::MethodDescriptor::new("quote"),
                __rpc::MethodDescriptor::new("history")
                    .idempotent()
                    .timeout(__rpc::Duration::from_micros(500000)),
                __rpc::MethodDescriptor::new("log").oneway(),
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
        pub fn in_process(service: impl Quotes) -> Self {
            Self::new(__rpc::in_process(QuotesServer::new(service)))
        }
        /// The same client, of a service that goes by another name.
        pub fn named(self, name: impl __rpc::Into<__rpc::String>) -> Self {
            Self {
                stub: self.stub.named(name),
            }
        }
        /// Answers if anybody is there.
        pub fn ping(&self) -> __rpc::Call<'_, (), (), __rpc::Infallible> {
            self.stub.call(&Self::DESCRIPTOR.methods[0], ())
        }
        /// Calls `quote`.
        pub fn quote<'a>(
            &'a self,
            symbol: &'a str,
        ) -> __rpc::Call<'a, (__rpc::Str<'a>,), Quote, QuoteError> {
            self.stub.try_call(&Self::DESCRIPTOR.methods[1], (__rpc::Str::from(symbol),))
        }
        /// Calls `history`.
        pub fn history<'a>(
            &'a self,
            symbol: &'a str,
            days: u32,
        ) -> __rpc::Call<'a, (__rpc::Str<'a>, u32), Vec<Quote>, __rpc::Infallible> {
            self.stub
                .call(&Self::DESCRIPTOR.methods[2], (__rpc::Str::from(symbol), days))
        }
        /// Calls `log`.
        pub fn log(
            &self,
            line: String,
        ) -> __rpc::Call<'_, (String,), (), __rpc::Infallible> {
            self.stub.call(&Self::DESCRIPTOR.methods[3], (line,))
        }
    }
    impl<__S: Quotes> QuotesServer<__S> {
        /// Serves `service` under the name of the trait.
        pub fn new(service: __S) -> Self {
            Self::from_arc(__rpc::Arc::new(service))
        }
        /// Serves a `service` that others hold as well.
        pub fn from_arc(service: __rpc::Arc<__S>) -> Self {
            Self(__rpc::Hosted::new(service, QuotesClient::DESCRIPTOR))
        }
        /// The same service under another name.
        pub fn named(self, name: impl __rpc::Into<__rpc::String>) -> Self {
            Self(self.0.named(name))
        }
    }
    impl<__S: Quotes> __rpc::Service for QuotesServer<__S> {
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
                        output.value(Quotes::ping(&*service).await)
                    }
                    1 => {
                        let (symbol,) = input.args::<(__rpc::Str<'_>,)>()?;
                        output.result(Quotes::quote(&*service, &symbol).await)
                    }
                    2 => {
                        let (symbol, days) = input.args::<(__rpc::Str<'_>, u32)>()?;
                        output.value(Quotes::history(&*service, &symbol, days).await)
                    }
                    3 => {
                        let (line,) = input.args::<(String,)>()?;
                        output.nothing(Quotes::log(&*service, line).await)
                    }
                    other => output.no_method(other),
                }
            });
        }
    }
};
