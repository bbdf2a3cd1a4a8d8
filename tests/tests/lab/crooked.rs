//! A server that answers to the laboratory's name and gives other items than it was asked for: what a load must notice.

use futures_util::{StreamExt, stream};
use rpc_core::{Server, Stream, Streaming, service};
use rpc_tests::{Desk, Served, Setup};

use crate::laboratory::{items::item, service::LabError};

/// The part of the laboratory that has streams.
#[service(name = "Lab")]
trait Crooked {
    /// Two and a half items, and the second one first.
    async fn ticks(&self, n: u64, interval_us: u64, size: u32) -> Result<impl Stream<Item = Vec<u8>>, LabError>;

    /// One too few.
    async fn sum(&self, items: Streaming<i64>) -> Result<i64, LabError>;

    /// All but the first, the second and an error.
    async fn relay(&self, items: Streaming<Vec<u8>>)
    -> Result<impl Stream<Item = Result<Vec<u8>, LabError>>, LabError>;

    /// One too many.
    async fn sink(&self, items: Streaming<Vec<u8>>) -> Result<u64, LabError>;
}

struct Crook;

impl Crooked for Crook {
    async fn ticks(&self, _: u64, _: u64, size: u32) -> Result<impl Stream<Item = Vec<u8>>, LabError> {
        Ok(stream::iter([item(0, size as usize), item(2, size as usize), item(1, size as usize)]))
    }

    async fn sum(&self, items: Streaming<i64>) -> Result<i64, LabError> {
        Ok(items.count().await as i64 - 1)
    }

    async fn relay(
        &self,
        items: Streaming<Vec<u8>>,
    ) -> Result<impl Stream<Item = Result<Vec<u8>, LabError>>, LabError> {
        let second = items.skip(1).take(1).map(|item| item.map_err(LabError::ended));
        Ok(second.chain(stream::iter([Err(LabError::Failed("no more of them".to_owned()))])))
    }

    async fn sink(&self, items: Streaming<Vec<u8>>) -> Result<u64, LabError> {
        Ok(items.fold(1, |bytes, item| async move { bytes + item.map_or(0, |item| item.len() as u64) }).await)
    }
}

pub(crate) async fn serve(setup: &Setup) -> Served {
    setup.start(Server::new().add(CrookedServer::new(Crook)).listen(setup.address()), Desk::default()).await
}
