::core::compile_error! {
    "a type with tags has no generic parameters: write the types out"
}
::core::compile_error! {
    "every variant has a tag: write `#[rpc(tag = 1)]` above it, or `#[rpc(unknown)]`"
}
::core::compile_error! {
    "it holds the number that is not known: write `Other(i32)`"
}
#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
const _: () = {
    use ::rpc_core::__private as __rpc;
    impl<T> __rpc::Tagged for Color<T> {
        const SHAPE: __rpc::Shape = __rpc::Shape::Numbers;
        const TAGS: &'static [__rpc::Tag] = &[];
    }
    impl<T> ::core::convert::From<Color<T>> for ::core::primitive::i32 {
        fn from(value: Color<T>) -> Self {
            loop {}
        }
    }
    impl<T> ::core::convert::From<::core::primitive::i32> for Color<T> {
        fn from(number: ::core::primitive::i32) -> Self {
            loop {}
        }
    }
};
