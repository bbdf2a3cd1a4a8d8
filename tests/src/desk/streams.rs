//! The desk gives streams and takes them. A stream that it gives counts as running until it is dropped.

use std::future::ready;

use futures_util::{StreamExt, stream};
use rpc_core::{Context, Stream, Streaming};

use super::{Begun, Desk, break_down};
use crate::{
    laboratory::{LabError, Sample, Seen},
    streams::Streams,
};

impl Begun<'_> {
    /// Writes into the ledger, for as long as this has begun.
    fn enter(&self, id: u64) {
        self.0.enter(id);
    }
}

impl Desk {
    /// The numbers below `to`, each entered as it is made.
    fn numbers(&self, to: u64) -> impl Stream<Item = u64> + Send {
        let begun = self.begin();
        stream::iter(0..to).inspect(move |number| begun.enter(*number))
    }

    /// Nothing, which ends when it is released.
    fn until_released<T: Send>(&self, begun: Begun<'_>) -> impl Stream<Item = T> + Send {
        stream::once(async move {
            self.released().await;
            drop(begun);
        })
        .filter_map(|()| ready(None))
    }
}

fn missing(what: &str) -> LabError {
    LabError::Missing { what: what.to_owned() }
}

/// A load of this length, which no other length begins like.
fn load(len: u32) -> Vec<u8> {
    (0..len).map(|at| (at ^ len) as u8).collect()
}

/// The loads, as long as they come.
fn whole<T>(items: Streaming<T>) -> impl Stream<Item = T> {
    items.filter_map(|item| ready(item.ok()))
}

impl Streams for Desk {
    async fn count(&self, to: u64) -> impl Stream<Item = u64> {
        self.numbers(to)
    }

    async fn lengths(&self, lengths: Vec<u32>) -> impl Stream<Item = Vec<u8>> {
        let begun = self.begin();
        stream::iter(lengths).map(move |len| {
            begun.enter(len.into());
            load(len)
        })
    }

    async fn nothings(&self, count: u32) -> impl Stream<Item = ()> {
        self.numbers(count.into()).map(drop)
    }

    async fn samples(&self, sample: &Sample, count: u32) -> impl Stream<Item = Sample> {
        self.numbers(count.into()).map(move |_| sample.clone())
    }

    async fn doubt(&self, to: u64, wrong: Option<u64>) -> impl Stream<Item = Result<u64, LabError>> {
        self.numbers(to).map(move |number| if Some(number) == wrong { Err(missing("number")) } else { Ok(number) })
    }

    async fn perhaps(&self, to: Option<u64>) -> Result<impl Stream<Item = u64>, LabError> {
        to.map(|to| self.numbers(to)).ok_or_else(|| missing("end"))
    }

    async fn scraps(
        &self,
        lengths: Vec<u32>,
        wrong: bool,
    ) -> Result<impl Stream<Item = Result<Vec<u8>, LabError>>, LabError> {
        if lengths.is_empty() && wrong {
            return Err(missing("length"));
        }
        let last = wrong.then(|| Err(missing("scrap")));
        Ok(self.lengths(lengths).await.map(Ok).chain(stream::iter(last)))
    }

    async fn sum(&self, start: u64, numbers: Streaming<u64>, factor: u64) -> u64 {
        let _begun = self.begin();
        factor * whole(numbers).fold(start, |sum, number| ready(sum.wrapping_add(number))).await
    }

    async fn check_all(&self, mut numbers: Streaming<Option<u32>>) -> Result<u32, LabError> {
        let _begun = self.begin();
        let mut sum = 0;
        while let Some(Ok(number)) = numbers.next().await {
            sum += number.ok_or_else(|| missing("number"))?;
        }
        Ok(sum)
    }

    async fn weigh(&self, loads: Streaming<Vec<u8>>) -> (u64, u64) {
        let _begun = self.begin();
        whole(loads).fold((0, 0), |(count, bytes), load| ready((count + 1, bytes + load.len() as u64))).await
    }

    async fn first(&self, take: u64, numbers: Streaming<u64>) -> u64 {
        let _begun = self.begin();
        whole(numbers).take(take as usize).fold(0, |sum, number| ready(sum + number)).await
    }

    async fn ending(&self, mut numbers: Streaming<u64>) -> (u64, Option<String>) {
        let _begun = self.begin();
        let mut count = 0;
        while let Some(number) = numbers.next().await {
            match number {
                Ok(_) => count += 1,
                Err(status) => {
                    assert!(numbers.next().await.is_none(), "something follows the end");
                    return (count, Some(status.to_string()));
                }
            }
        }
        (count, None)
    }

    async fn relay(&self, loads: Streaming<Vec<u8>>) -> impl Stream<Item = Vec<u8>> {
        let begun = self.begin();
        whole(loads).inspect(move |load| begun.enter(load.len() as u64))
    }

    async fn gather(&self, loads: Streaming<Vec<u8>>) -> impl Stream<Item = Vec<u8>> {
        let begun = self.begin();
        let loads: Vec<_> = whole(loads).collect().await;
        stream::iter(loads).inspect(move |load| begun.enter(load.len() as u64))
    }

    async fn scale(
        &self,
        factor: Option<u64>,
        numbers: Streaming<u64>,
    ) -> Result<impl Stream<Item = Result<u64, LabError>>, LabError> {
        let (begun, factor) = (self.begin(), factor.ok_or_else(|| missing("factor"))?);
        Ok(whole(numbers).map(move |number| {
            begun.enter(number);
            number.checked_mul(factor).ok_or_else(|| missing("room"))
        }))
    }

    async fn stay(&self, id: u64, to: u64) -> impl Stream<Item = u64> {
        let begun = self.begin();
        self.enter(id);
        stream::iter(0..to).chain(self.until_released(begun))
    }

    async fn stay_briefly(&self, id: u64, to: u64) -> impl Stream<Item = u64> {
        self.stay(id, to).await
    }

    async fn stay_awake(&self, id: u64, to: u64) -> impl Stream<Item = u64> {
        self.stay(id, to).await
    }

    async fn drip(&self) -> impl Stream<Item = u64> {
        stream::unfold((0, self.begin()), |(number, begun)| async move {
            begun.0.released().await;
            begun.enter(number);
            Some((number, (number + 1, begun)))
        })
    }

    async fn ponder(&self, id: u64) -> impl Stream<Item = u64> {
        let _begun = self.begin();
        self.enter(id);
        self.released().await;
        stream::empty()
    }

    async fn hold_back(&self, id: u64, take: u64, mut loads: Streaming<Vec<u8>>) -> u64 {
        let _begun = self.begin();
        let mut count = 0;
        while count < take && loads.next().await.is_some_and(|load| load.is_ok()) {
            count += 1;
        }
        self.enter(id);
        self.released().await;
        count + whole(loads).count().await as u64
    }

    async fn turn_down(&self, id: u64, take: u64, loads: Streaming<Vec<u8>>) -> u64 {
        let _begun = self.begin();
        let taken = whole(loads).take(take as usize).count().await as u64;
        self.enter(id);
        self.released().await;
        taken
    }

    async fn context(&self) -> impl Stream<Item = Seen> {
        let begun = self.begin();
        let context = Context::current().expect("a handler has a context");
        let answer = |(key, value): (&str, &[u8])| Context::respond_with(key, value).expect("it came as metadata");
        context.metadata().iter().take(1).for_each(answer);
        stream::once(async move {
            drop(begun);
            let context = Context::current().expect("what it gives is made in its context");
            context.metadata().iter().skip(1).for_each(answer);
            Seen::of(&context)
        })
    }

    async fn metadata_of(&self, mut numbers: Streaming<u64>) -> Vec<(String, Vec<u8>)> {
        let _begun = self.begin();
        while let Some(Ok(_)) = numbers.next().await {}
        for (key, value) in numbers.metadata().iter() {
            Context::respond_with(key, value).expect("what came as metadata goes as metadata");
        }
        numbers.metadata().iter().map(|(key, value)| (key.into(), value.into())).collect()
    }

    async fn break_behind(&self, to: u64) -> impl Stream<Item = u64> {
        self.numbers(to).chain(stream::once(async { break_down() }))
    }

    async fn break_over(&self, take: u64, numbers: Streaming<u64>) -> u64 {
        let _begun = self.begin();
        whole(numbers).take(take as usize).count().await;
        break_down()
    }
}
