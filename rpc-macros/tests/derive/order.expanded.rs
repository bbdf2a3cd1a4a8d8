#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
const _: () = {
    use crate::rpc::__private as __rpc;
    impl __rpc::Tagged for Order {
        const SHAPE: __rpc::Shape = __rpc::Shape::Struct;
        const TAGS: &'static [__rpc::Tag] = &[
            __rpc::Tag::new("id", 1).required(),
            __rpc::Tag::new("type", 536870911).written("map<sint32, fixed64>"),
            __rpc::Tag::new("note", -1),
            __rpc::Tag::oneof("means", <Means as __rpc::Tagged>::TAGS).required(),
            __rpc::Tag::oneof("address", <Option<shop::Address> as __rpc::Tagged>::TAGS),
        ];
    }
    #[allow(long_running_const_eval)]
    const _: () = {
        ::core::assert!(
            ! ::core::matches!(< Means as __rpc::Tagged > ::SHAPE, __rpc::Shape::Struct),
            "`means` is no oneof: write `#[rpc(tag = 1)]` above it"
        );
        ::core::assert!(
            __rpc::is_apart(< Order as __rpc::Tagged > ::TAGS, 3),
            "a variant of `means` has a tag that `Order` has elsewhere: give one of them another"
        );
    };
    #[allow(long_running_const_eval)]
    const _: () = {
        ::core::assert!(
            ! ::core::matches!(< Option < shop::Address > as __rpc::Tagged > ::SHAPE,
            __rpc::Shape::Struct),
            "`address` is no oneof: write `#[rpc(tag = 1)]` above it"
        );
        ::core::assert!(
            __rpc::is_apart(< Order as __rpc::Tagged > ::TAGS, 4),
            "a variant of `address` has a tag that `Order` has elsewhere: give one of them another"
        );
    };
};
