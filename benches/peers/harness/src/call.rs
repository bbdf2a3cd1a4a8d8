//! Which calls the peers make, and whether what came back is right. Knows no peer.

use bytes::Bytes;
use rpc_load::{Load, Method};

use crate::Outcome;

/// A call that all peers know.
#[derive(Clone, Debug)]
pub enum Call {
    /// Adds the numbers.
    Add(i64, i64),
    /// Sends the bytes there and back.
    Echo(Bytes),
    /// Waits at the server, in milliseconds.
    Sleep(u64),
}

impl Call {
    /// What a load calls.
    ///
    /// # Errors
    /// The peers do not have its method.
    pub fn of(load: &Load) -> Outcome<Self> {
        match load.method {
            Method::Add => Ok(Self::Add(20, 22)),
            Method::Echo => Ok(Self::Echo(vec![7; load.size].into())),
            Method::Sleep => Ok(Self::Sleep(load.size as u64)),
            method => Err(format!("a peer has no method {method}: it can add, echo and sleep")),
        }
    }

    /// Whether this is the sum.
    ///
    /// # Errors
    /// It is not.
    pub fn added(a: i64, b: i64, sum: i64) -> Outcome {
        if a + b == sum { Ok(()) } else { Err("wrong sum".to_owned()) }
    }

    /// Whether as many bytes came back.
    ///
    /// # Errors
    /// There were more or less of them.
    pub fn echoed(sent: usize, received: usize) -> Outcome {
        if sent == received { Ok(()) } else { Err("wrong length".to_owned()) }
    }
}
