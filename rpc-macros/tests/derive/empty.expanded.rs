#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
const _: () = {
    use ::rpc_core::__private as __rpc;
    impl __rpc::Tagged for Empty {
        const SHAPE: __rpc::Shape = __rpc::Shape::Struct;
        const TAGS: &'static [__rpc::Tag] = &[];
    }
};
