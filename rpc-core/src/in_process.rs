//! A client and a server in one process, without a socket: the same protocol and the same encoded values, over `mem`.
//! The one place that knows both sides.

use std::sync::Arc;

use crate::{
    client::{Channel, ChannelConfig, ConnectError},
    limits::Limits,
    peer::Peer,
    server::{Service, Shared, serve_carrier},
    transport::mem_pair,
};

/// A channel to `service`, which is served while the channel lives.
///
/// # Panics
/// Never here; a service whose own methods collide makes every call fail, with the error that `bind` would give.
pub fn in_process(service: impl Service) -> Channel {
    let limits = Limits::default();
    let shared = Shared::new(vec![Arc::new(service)], limits.clone()).map(Arc::new).map_err(Arc::new);
    ChannelConfig::new().dialling("in process", move || {
        let (shared, limits) = (shared.clone(), limits.clone());
        async move {
            let shared = shared.map_err(|error| ConnectError::new("in process", error))?;
            let (ours, theirs) = mem_pair(&limits);
            tokio::spawn(serve_carrier(shared, theirs, Peer::new("in process")));
            Ok(ours)
        }
    })
}
