::core::compile_error! {
    "there is no option `onewya`; there are `oneway`, `idempotent`, `timeout = \"500ms\"`, `idle_timeout = \"30s\"`, `name = \"wireName\"` and `tags = \"1, 3\"`"
}
::core::compile_error! {
    "a service has methods only: move this into a supertrait"
}
::core::compile_error! {
    "a method has the visibility of its trait: write `async fn` alone"
}
::core::compile_error! {
    "`sound` is declared twice: rename one of them"
}
::core::compile_error! {
    "a method is a plain `async fn`: remove `const`"
}
::core::compile_error! {
    "an argument is a plain name: take the value apart in the body"
}
::core::compile_error! {
    "a call waits for its reply: write `async fn ping`"
}
::core::compile_error! {
    "a stream is an argument by itself: write `Streaming<String>`"
}
::core::compile_error! {
    "an item is owned: write `String`"
}
pub trait Mistaken: Clone + ::core::marker::Send + ::core::marker::Sync + 'static {
    fn sound(
        &self,
        symbol: &str,
    ) -> impl ::core::future::Future<
        Output = Result<u64, String>,
    > + ::core::marker::Send;
    fn log(
        &self,
        line: String,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send;
    type Symbol;
    async fn visible(&self);
    async fn constant(&self, _: (u8, u8));
    fn ping(&self) {}
    async fn watch(&self, symbols: &Streaming<String>) -> impl Stream<Item = &str>;
}
/// Client of [`Mistaken`]: every method is a call, which is sent when it is polled. Cheap to clone.
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct MistakenClient {
    stub: ::rpc_core::__private::Stub,
}
/// Serves an implementation of [`Mistaken`].
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
#[derive(::core::fmt::Debug)]
pub struct MistakenServer<__S>(::rpc_core::__private::Hosted<__S>);
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
const _: () = {
    use ::rpc_core::__private as __rpc;
    impl MistakenClient {
        /// The service's name and its methods, in the order of declaration.
        pub const DESCRIPTOR: &'static __rpc::ServiceDescriptor = &__rpc::ServiceDescriptor {
            name: "Mistaken",
            methods: &[
                __rpc::MethodDescriptor::new("sound"),
                __rpc::MethodDescriptor::new("log"),
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
        pub fn in_process(service: impl Mistaken) -> Self {
            Self::new(__rpc::in_process(MistakenServer::new(service)))
        }
        /// The same client, of a service that goes by another name.
        pub fn named(self, name: impl __rpc::Into<__rpc::String>) -> Self {
            Self {
                stub: self.stub.named(name),
            }
        }
        /// Calls `sound`.
        pub fn sound<'a>(
            &'a self,
            symbol: &'a str,
        ) -> __rpc::Call<'a, (__rpc::Str<'a>,), u64, String> {
            self.stub.try_call(&Self::DESCRIPTOR.methods[0], (__rpc::Str::from(symbol),))
        }
        /// Calls `log`.
        pub fn log(
            &self,
            line: String,
        ) -> __rpc::Call<'_, (String,), (), __rpc::Infallible> {
            self.stub.call(&Self::DESCRIPTOR.methods[1], (line,))
        }
    }
    impl<__S: Mistaken> MistakenServer<__S> {
        /// Serves `service` under the name of the trait.
        pub fn new(service: __S) -> Self {
            Self::from_arc(__rpc::Arc::new(service))
        }
        /// Serves a `service` that others hold as well.
        pub fn from_arc(service: __rpc::Arc<__S>) -> Self {
            Self(__rpc::Hosted::new(service, MistakenClient::DESCRIPTOR))
        }
        /// The same service under another name.
        pub fn named(self, name: impl __rpc::Into<__rpc::String>) -> Self {
            Self(self.0.named(name))
        }
    }
    impl<__S: Mistaken> __rpc::Service for MistakenServer<__S> {
        fn identity(&self) -> &__rpc::Identity {
            self.0.identity()
        }
        fn start(&self, request: __rpc::Request, slot: &mut __rpc::Slot) {
            let service = self.0.service();
            let (method, input, output) = request.into_parts();
            slot.set(async move {
                match method {
                    0 => {
                        let (symbol,) = input.args::<(__rpc::Str<'_>,)>()?;
                        output.result(Mistaken::sound(&*service, &symbol).await)
                    }
                    1 => {
                        let (line,) = input.args::<(String,)>()?;
                        output.value(Mistaken::log(&*service, line).await)
                    }
                    other => output.no_method(other),
                }
            });
        }
    }
};
