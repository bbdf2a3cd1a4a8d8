//! A task that shares the runtime of the calls and has work of its own: what it gets done is what the calls leave it.
//! Knows no calls.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use tokio::task::{JoinHandle, yield_now};

use crate::meter::Span;

/// A neighbour at work. It ends with this.
#[derive(Debug)]
pub(crate) struct Neighbour {
    task: JoinHandle<()>,
    turns: Arc<AtomicU64>,
}

impl Neighbour {
    /// Begins to work for so long at a time. What it does counts once the measurement has begun.
    pub(crate) fn begin(turn: Duration, span: Span) -> Self {
        let turns = Arc::new(AtomicU64::new(0));
        let task = tokio::spawn(work(turn, span, turns.clone()));
        Self { task, turns }
    }

    /// Turns so far.
    pub(crate) fn turns(&self) -> u64 {
        self.turns.load(Relaxed)
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn work(turn: Duration, span: Span, turns: Arc<AtomicU64>) {
    loop {
        let begin = Instant::now();
        while begin.elapsed() < turn {
            std::hint::spin_loop();
        }
        if begin >= span.begin {
            turns.fetch_add(1, Relaxed);
        }
        if begin > span.end {
            return;
        }
        yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_neighbour_works_in_turns_with_others_until_the_time_is_over() {
        let now = Instant::now();
        let span = Span { begin: now, end: now + Duration::from_secs(60) };
        let neighbour = Neighbour::begin(Duration::from_micros(10), span);
        while neighbour.turns() < 100 {
            yield_now().await;
        }
        let before = Neighbour::begin(Duration::from_micros(10), Span { begin: span.end, ..span });
        let turns = neighbour.turns();
        while neighbour.turns() < turns + 100 {
            yield_now().await;
        }
        assert_eq!(before.turns(), 0);
    }
}
