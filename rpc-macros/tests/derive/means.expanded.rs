#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
const _: () = {
    use ::rpc_core::__private as __rpc;
    impl __rpc::Tagged for Means {
        const SHAPE: __rpc::Shape = __rpc::Shape::OneOf;
        const TAGS: &'static [__rpc::Tag] = &[
            __rpc::Tag::new("Card", 3),
            __rpc::Tag::new("Voucher", 4).written("sint64"),
            __rpc::Tag::new("Cash", 5),
        ];
    }
};
