//! Everything generated is as visible as its trait, wherever that stands.
#![deny(warnings, private_interfaces, private_bounds)]
use rpc_core::service;

#[service]
trait Private {
    async fn ping(&self);
}

mod inner {
    use rpc_core::service;

    #[service]
    pub(super) trait Outward {
        async fn ping(&self);
    }

    pub(crate) mod deeper {
        #[super::service]
        pub(in crate::inner) trait Restricted {
            async fn ping(&self, hidden: &Hidden) -> Hidden;
        }

        #[derive(serde::Serialize, serde::Deserialize)]
        pub(in crate::inner) struct Hidden;

        #[derive(Clone, Copy)]
        pub(crate) struct Desk;

        impl Restricted for Desk {
            async fn ping(&self, _: &Hidden) -> Hidden {
                Hidden
            }
        }
    }

    pub(crate) fn restricted() {
        let _ = deeper::RestrictedServer::new(deeper::Desk);
        let _ = deeper::RestrictedClient::DESCRIPTOR;
    }
}

fn main() {
    #[service(name = "main.Local")]
    trait Local {
        async fn ping(&self, local: Argument) -> Argument;
    }

    #[derive(serde::Serialize, serde::Deserialize)]
    struct Argument;

    struct Desk;

    impl Local for Desk {
        async fn ping(&self, local: Argument) -> Argument {
            local
        }
    }

    let _ = LocalServer::new(Desk);
    let _ = (PrivateClient::DESCRIPTOR, inner::OutwardClient::DESCRIPTOR);
    inner::restricted();
}
