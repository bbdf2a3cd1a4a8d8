//! What comes of IDL files, in a crate that is as strict as one can be: it compiles without a warning. The tests call it.
#![deny(
    warnings,
    future_incompatible,
    keyword_idents,
    let_underscore,
    missing_debug_implementations,
    missing_docs,
    nonstandard_style,
    rust_2018_idioms,
    trivial_casts,
    trivial_numeric_casts,
    unreachable_pub,
    unused,
    unused_lifetimes,
    unused_qualifications
)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]

rpc_core::include_idl!();

/// With `google.protobuf.Duration` and its like as structs.
pub mod well_known_as_messages {
    rpc_core::include_idl!("well_known_as_messages/mod.rs");
}

/// With the package `parts` elsewhere: in `crate::parts`.
pub mod external {
    rpc_core::include_idl!("external/mod.rs");
}

/// Packages with names that are hard to have.
pub mod packages {
    rpc_core::include_idl!("packages/mod.rs");
}

/// From the files of the corpus of `rpc-codegen`, each in a module of its own.
pub mod corpus {
    rpc_core::include_idl!("corpus.rs");
}
