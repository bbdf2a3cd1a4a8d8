//! A whole server: any bytes on one connection, while others call on theirs.

use rpc_core::wire::Hello;

use crate::{arena::Arena, peer::Meeting, sealed::sealed};

/// Whatever a peer sends, in whatever pieces, whether or not it reads, and however it ends: it is answered as the protocol
/// has it, other clients lose no call, and nothing is left when it has gone.
///
/// # Panics
/// Where that does not hold.
pub fn server(bytes: &[u8]) {
    let Meeting { peer, limits, .. } = Meeting::chosen(bytes, &Hello::default());
    sealed(async {
        let arena = Arena::open(limits).await;
        arena.attack(&peer).await;
        arena.close().await;
    });
}
