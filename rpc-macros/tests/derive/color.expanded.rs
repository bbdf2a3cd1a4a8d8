#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
const _: () = {
    use ::rpc_core::__private as __rpc;
    impl __rpc::Tagged for Color {
        const SHAPE: __rpc::Shape = __rpc::Shape::Numbers;
        const TAGS: &'static [__rpc::Tag] = &[
            __rpc::Tag::new("Red", 0),
            __rpc::Tag::new("Green", -2147483648),
        ];
    }
    impl ::core::convert::From<Color> for ::core::primitive::i32 {
        fn from(value: Color) -> Self {
            match value {
                Color::Red => 0,
                Color::Green => -2147483648,
                Color::Other(number) => number,
            }
        }
    }
    impl ::core::convert::From<::core::primitive::i32> for Color {
        fn from(number: ::core::primitive::i32) -> Self {
            match number {
                0 => Color::Red,
                -2147483648 => Color::Green,
                _ => Color::Other(number),
            }
        }
    }
};
