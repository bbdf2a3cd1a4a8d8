//! Bytes that may be held for others: a bound, and what of it is taken. A charge gives back what it took when it is
//! dropped, so that no count is ever lost. What the bytes are for is not known here.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

/// A part of a bound that each narrower one has for itself, and the most of it, in bytes.
const SHARE: usize = 1_024;
const BYTES: usize = 64 << 10;

/// A bound and what of it is taken, within a wider one if there is one.
#[derive(Debug)]
pub(crate) struct Budget {
    taken: AtomicUsize,
    limit: usize,
    /// The field of [`Limits`](crate::Limits) that holds the bound.
    name: &'static str,
    within: Option<Arc<Self>>,
    /// What may be taken though the wider bound is reached.
    share: usize,
}

/// A bound is reached: the name of its limit, and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full {
    pub(crate) name: &'static str,
    pub(crate) limit: usize,
}

impl Budget {
    pub(crate) fn new(name: &'static str, limit: usize) -> Arc<Self> {
        Arc::new(Self { taken: AtomicUsize::new(0), limit, name, within: None, share: 0 })
    }

    /// A narrower bound: what is taken of it is taken of this one too. However much others take, the first few bytes of
    /// it can be had.
    pub(crate) fn narrower(self: &Arc<Self>, name: &'static str, limit: usize) -> Arc<Self> {
        let share = (self.limit / SHARE).min(BYTES);
        Arc::new(Self { taken: AtomicUsize::new(0), limit, name, within: Some(self.clone()), share })
    }

    /// Bytes that are taken.
    pub(crate) fn taken(&self) -> usize {
        self.taken.load(Relaxed)
    }

    /// Whether so many bytes more could be taken now.
    pub(crate) fn check(&self, bytes: usize) -> Result<(), Full> {
        let taken = self.taken();
        if bytes > self.limit.saturating_sub(taken) {
            return Err(Full { name: self.name, limit: self.limit });
        }
        match &self.within {
            Some(within) if taken.saturating_add(bytes) > self.share => within.check(bytes),
            _ => Ok(()),
        }
    }

    /// Takes bytes. Two threads that take the last ones of a wider bound at once may both have them: it is passed by no
    /// more than one message per thread.
    pub(crate) fn take(self: &Arc<Self>, bytes: usize) -> Result<Charge, Full> {
        self.check(bytes)?;
        Ok(self.charge(bytes))
    }

    /// Takes bytes that are held already, whether or not there is room for them.
    pub(crate) fn charge(self: &Arc<Self>, bytes: usize) -> Charge {
        self.add(bytes);
        Charge { budget: self.clone(), bytes }
    }

    fn add(&self, bytes: usize) {
        self.taken.fetch_add(bytes, Relaxed);
        if let Some(within) = &self.within {
            within.add(bytes);
        }
    }

    fn give_back(&self, bytes: usize) {
        self.taken.fetch_sub(bytes, Relaxed);
        if let Some(within) = &self.within {
            within.give_back(bytes);
        }
    }
}

/// Bytes taken of a budget, until it is dropped.
#[derive(Debug)]
pub(crate) struct Charge {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Charge {
    /// Takes so much more that it has `bytes`, or leaves it at what it has where that is more.
    pub(crate) fn grow_to(&mut self, bytes: usize) -> Result<(), Full> {
        self.grow(bytes.saturating_sub(self.bytes))
    }

    /// Gives back a part.
    pub(crate) fn shrink(&mut self, bytes: usize) {
        let bytes = bytes.min(self.bytes);
        self.budget.give_back(bytes);
        self.bytes -= bytes;
    }

    /// Takes more.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), Full> {
        self.budget.check(bytes)?;
        self.budget.add(bytes);
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.budget.give_back(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_given_back_by_whoever_holds_it_and_never_passes_the_bound() {
        let whole = Budget::new("whole", 100);
        let (one, other) = (whole.narrower("part", 60), whole.narrower("part", 60));
        let first = one.take(60).unwrap();
        assert_eq!(one.take(1).unwrap_err(), Full { name: "part", limit: 60 });
        let mut second = other.take(30).unwrap();
        assert_eq!(other.take(11).unwrap_err(), Full { name: "whole", limit: 100 });
        assert_eq!(second.grow(11).unwrap_err().name, "whole");
        second.grow(10).unwrap();
        assert_eq!((one.taken(), other.taken(), whole.taken()), (60, 40, 100));
        drop(first);
        second.grow(20).unwrap();
        assert_eq!((one.taken(), other.taken(), whole.taken()), (0, 60, 60));
        drop(second);
        assert_eq!((other.taken(), whole.taken()), (0, 0));
        assert_eq!(other.take(usize::MAX).unwrap_err().name, "part");
    }
}
