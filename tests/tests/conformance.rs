//! Every scenario over every transport, codec and kind of runtime, from one table.

mod conformance {
    /// THE table. A transport is a line: its name and its URL, in which `{unique}` and `{tmp}` are filled in.
    macro_rules! over_every_transport {
        ($scenario:path) => {
            over_every_transport! { $scenario;
                tcp: "tcp://127.0.0.1:0",
                unix_path: "unix://{tmp}/{unique}.sock",
                unix_abstract: "unix://@{unique}",
                shm: "shm://{tmp}/{unique}.sock",
                shm_small: "shm://{tmp}/{unique}.sock?size=4KiB&cells=16&spin=off",
                mem: "mem://{unique}",
                own_bytes: "duplex://{unique}",
                own_frames: "cells://{unique}",
            }
        };
        ($scenario:path; $($transport:ident: $url:literal,)*) => {
            $(mod $transport {
                use rpc_core::CodecId;
                use rpc_tests::{Flavour, run};

                #[test]
                fn binary() {
                    run($scenario, $url, CodecId::BINARY, Flavour::OneThread);
                }

                #[test]
                fn binary_on_two_threads() {
                    run($scenario, $url, CodecId::BINARY, Flavour::TwoThreads);
                }

                #[test]
                fn json() {
                    run($scenario, $url, CodecId::JSON, Flavour::OneThread);
                }
            })*
        };
    }

    /// Names the scenarios of a module, each of which becomes a row of tests.
    macro_rules! scenarios {
        ($($scenario:ident),* $(,)?) => {
            $(mod $scenario {
                fn boxed(setup: rpc_tests::Setup) -> std::pin::Pin<Box<dyn Future<Output = ()>>> {
                    Box::pin(super::$scenario(setup))
                }

                over_every_transport!(super::boxed);
            })*
        };
    }

    mod cancel;
    mod concurrency;
    mod deadline;
    mod errors;
    mod fragments;
    mod limits;
    mod metadata;
    mod oneway;
    mod shutdown;
    mod streams;
    mod unary;
}
