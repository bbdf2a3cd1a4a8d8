/// A service over another trait.
pub trait Defaults: Named + Clone + ::core::marker::Send + ::core::marker::Sync + 'static {
    #[allow(clippy::manual_async_fn)]
    fn r#type(
        &self,
        r#fn: &str,
    ) -> impl ::core::future::Future<
        Output = Result<u32, String>,
    > + ::core::marker::Send {
        async move { Ok(r#fn.parse::<u32>().map_err(|error| error.to_string())?) }
    }
}
/// Client of [`Defaults`]: every method is a call, which is sent when it is polled. Cheap to clone.
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct DefaultsClient {
    stub: ::rpc_core::__private::Stub,
}
/// Serves an implementation of [`Defaults`].
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
#[derive(::core::fmt::Debug)]
pub struct DefaultsServer<__S>(::rpc_core::__private::Hosted<__S>);
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
const _: () = {
    use ::rpc_core::__private as __rpc;
    impl DefaultsClient {
        /// The service's name and its methods, in the order of declaration.
        pub const DESCRIPTOR: &'static __rpc::ServiceDescriptor = &__rpc::ServiceDescriptor {
            name: "Defaults",
            methods: &[__rpc::MethodDescriptor::new("type")],
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
        pub fn in_process(service: impl Defaults) -> Self {
            Self::new(__rpc::in_process(DefaultsServer::new(service)))
        }
        /// The same client, of a service that goes by another name.
        pub fn named(self, name: impl __rpc::Into<__rpc::String>) -> Self {
            Self {
                stub: self.stub.named(name),
            }
        }
        /// Calls `type`.
        pub fn r#type<'a>(
            &'a self,
            r#fn: &'a str,
        ) -> __rpc::Call<'a, (__rpc::Str<'a>,), u32, String> {
            self.stub.try_call(&Self::DESCRIPTOR.methods[0], (__rpc::Str::from(r#fn),))
        }
    }
    impl<__S: Defaults> DefaultsServer<__S> {
        /// Serves `service` under the name of the trait.
        pub fn new(service: __S) -> Self {
            Self::from_arc(__rpc::Arc::new(service))
        }
        /// Serves a `service` that others hold as well.
        pub fn from_arc(service: __rpc::Arc<__S>) -> Self {
            Self(__rpc::Hosted::new(service, DefaultsClient::DESCRIPTOR))
        }
        /// The same service under another name.
        pub fn named(self, name: impl __rpc::Into<__rpc::String>) -> Self {
            Self(self.0.named(name))
        }
    }
    impl<__S: Defaults> __rpc::Service for DefaultsServer<__S> {
        fn identity(&self) -> &__rpc::Identity {
            self.0.identity()
        }
        fn start(&self, request: __rpc::Request, slot: &mut __rpc::Slot) {
            let service = self.0.service();
            let (method, input, output) = request.into_parts();
            slot.set(async move {
                match method {
                    0 => {
                        let (r#fn,) = input.args::<(__rpc::Str<'_>,)>()?;
                        output.result(Defaults::r#type(&*service, &r#fn).await)
                    }
                    other => output.no_method(other),
                }
            });
        }
    }
};
