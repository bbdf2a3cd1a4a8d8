//! `include_idl!()`: where generated code comes into a crate. Does not know what is generated, nor by whom.

/// Includes what a build script has generated from `.proto` and `.thrift` files: `mod.rs` in its output folder, or another
/// file there.
///
/// A build script, `build.rs` beside `Cargo.toml`, has `rpc-codegen` write into the folder `OUT_DIR`, which Cargo gives
/// it. The crate takes the code from there, best into a module of its own:
///
/// ```text
/// pub mod idl {
///     rpc_core::include_idl!(); // `mod.rs`, which has everything
/// }
///
/// pub mod shop {
///     rpc_core::include_idl!("shop/mod.rs"); // a file alone
/// }
/// ```
///
/// Without a build script that is a compile error.
#[macro_export]
macro_rules! include_idl {
    () => {
        $crate::include_idl!("mod.rs");
    };
    ($file:literal $(,)?) => {
        ::core::include!(::core::concat!(
            ::core::env!("OUT_DIR", "there is no generated code: write a `build.rs` that generates it"),
            "/",
            $file
        ));
    };
}
