//! A further laboratory, to which some calls are handed on, so that several make a chain. Deadlines, cancellation and
//! back-pressure go on by themselves; here is how a stream is handed on, and how failures come back.

use std::future::{pending, ready};

use futures_util::{StreamExt, stream};
use rpc_core::{CallError, ChannelConfig, ConnectError, Limits, Stream, Streaming};
use tokio::sync::oneshot;

use super::service::{LabClient, LabError};

/// The next laboratory of a chain.
#[derive(Clone, Debug)]
pub struct Tier(LabClient);

impl Tier {
    /// The laboratory at `url`, which need not be there yet.
    ///
    /// # Errors
    /// This is no address.
    pub fn at(url: &str, limits: Limits) -> Result<Self, ConnectError> {
        Ok(Self(LabClient::new(ChannelConfig::new().limits(limits).lazy(url)?)))
    }

    /// Adds there.
    ///
    /// # Errors
    /// The call fails.
    pub async fn add(&self, a: i64, b: i64) -> Result<i64, LabError> {
        self.0.add(a, b).await.map_err(told)
    }

    /// Hands the items on, and gives those that come back.
    ///
    /// # Errors
    /// The call fails, at the beginning or later, or `items` do.
    pub async fn relay(
        &self,
        items: Streaming<Vec<u8>>,
    ) -> Result<impl Stream<Item = Result<Vec<u8>, LabError>> + Send + use<>, LabError> {
        let (broken, breaks) = oneshot::channel();
        let onward = stream::unfold((items, broken), |(mut items, broken)| async {
            match items.next().await? {
                Ok(item) => Some((item, (items, broken))),
                // Items that break off must not look there as if they had come to their end: the call is given up instead,
                // since the failure below is the last item that is given.
                Err(status) => {
                    let _ = broken.send(status);
                    pending().await
                }
            }
        });
        let back = self.0.relay(onward).await.map_err(told)?.map(|item| item.map_err(told));
        let broken = stream::once(breaks).filter_map(|broken| ready(broken.ok().map(LabError::ended).map(Err)));
        Ok(stream::select(back, broken))
    }
}

/// What a laboratory says of a call to the next one.
fn told(error: CallError<LabError>) -> LabError {
    match error {
        CallError::App(error) => error,
        CallError::Rpc(status) => LabError::Next(status.to_string()),
    }
}
