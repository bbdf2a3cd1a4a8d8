//! The runtime may have another name, or be reached through another crate.
mod framework {
    pub use ::rpc_core as runtime;
}

mod at_the_root {
    use crate::framework::runtime::service;

    #[service(crate = crate::framework::runtime)]
    pub trait Absolute {
        async fn ping(&self);
    }
}

mod in_scope {
    use super::framework::runtime;

    #[runtime::service(crate = runtime, name = "in.scope")]
    pub trait Relative {
        async fn ping(&self);
    }

    #[runtime::service(crate = super::framework::runtime)]
    pub trait Upward {
        async fn ping(&self);
    }
}

fn main() {
    assert_eq!(at_the_root::AbsoluteClient::DESCRIPTOR.name, "Absolute");
    assert_eq!(in_scope::RelativeClient::DESCRIPTOR.name, "in.scope");
    assert_eq!(in_scope::UpwardClient::DESCRIPTOR.methods[0].name, "ping");
}
