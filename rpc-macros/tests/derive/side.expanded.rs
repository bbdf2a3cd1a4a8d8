#[allow(unused, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
const _: () = {
    use ::rpc_core::__private as __rpc;
    impl __rpc::Tagged for r#Side {
        const SHAPE: __rpc::Shape = __rpc::Shape::Numbers;
        const TAGS: &'static [__rpc::Tag] = &[
            __rpc::Tag::new("Buy", 1),
            __rpc::Tag::new("Sell", 16),
        ];
    }
    impl ::core::convert::From<r#Side> for ::core::primitive::i32 {
        fn from(value: r#Side) -> Self {
            match value {
                r#Side::Buy => 1,
                r#Side::Sell => 16,
            }
        }
    }
    impl ::core::convert::TryFrom<::core::primitive::i32> for r#Side {
        type Error = __rpc::UnknownNumber;
        fn try_from(
            number: ::core::primitive::i32,
        ) -> ::core::result::Result<Self, __rpc::UnknownNumber> {
            ::core::result::Result::Ok(
                match number {
                    1 => r#Side::Buy,
                    16 => r#Side::Sell,
                    _ => {
                        return ::core::result::Result::Err(__rpc::UnknownNumber {
                            name: "Side",
                            number,
                        });
                    }
                },
            )
        }
    }
};
