//! Credit: what a sender may still send of a stream, and what a receiver has to give back (protocol §8.3).
//!
//! ```text
//!   sender    Credit: left ──send──▶ 0, below by less than one message ◀──a credit frame──┐
//!                                                                                          │
//!   receiver  Window: left ──item──▶ held by the program ──taken──▶ owed ──grant──────────┘
//! ```
//! `left + held + owed` is always the whole window. Which call it is about, and what is sent, is not known here.

/// Most credit that a side may have (protocol §3.5).
pub(super) const MOST: i64 = i32::MAX as i64;

/// Bytes and items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) bytes: i64,
    pub(super) items: i64,
}

impl Amount {
    pub(super) fn new(bytes: u32, items: u32) -> Self {
        Self { bytes: i64::from(bytes).min(MOST), items: i64::from(items).min(MOST) }
    }

    fn add(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.items += other.items;
    }

    fn sub(&mut self, other: Self) {
        self.bytes -= other.bytes;
        self.items -= other.items;
    }

    /// Whether an item may be begun with it.
    fn suffices(self) -> bool {
        self.bytes > 0 && self.items > 0
    }
}

/// What one side may send of one direction of a stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Credit {
    left: Amount,
    whole: Amount,
}

impl Credit {
    pub(super) fn new(whole: Amount) -> Self {
        Self { left: whole, whole }
    }

    /// Whether an item may be begun: one always may where nothing of the stream is out, however much the others of the
    /// connection have taken of what all share.
    pub(super) fn allows(&self, shared: i64) -> bool {
        self.left.suffices() && (shared > 0 || self.left.items >= self.whole.items)
    }

    pub(super) fn spend(&mut self, spent: Amount) {
        self.left.sub(spent);
    }

    /// More from the receiver. Whether it stays within what may be had.
    pub(super) fn grow(&mut self, more: Amount) -> bool {
        self.left.add(more);
        self.left.bytes <= MOST && self.left.items <= MOST
    }
}

/// What the receiver of one direction of a stream has given, and has to give again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    left: Amount,
    owed: Amount,
    whole: Amount,
}

impl Window {
    pub(super) fn new(whole: Amount) -> Self {
        Self { left: whole, owed: Amount::default(), whole }
    }

    /// As [`Credit::allows`]: the sender knows of no more than this side has given.
    pub(super) fn allows(&self, shared: i64) -> bool {
        Credit { left: self.left, whole: self.whole }.allows(shared)
    }

    pub(super) fn spend(&mut self, spent: Amount) {
        self.left.sub(spent);
    }

    /// The program has taken this.
    pub(super) fn take(&mut self, taken: Amount) {
        self.owed.add(taken);
    }

    /// Whether what is owed is worth a frame: half of the window. Anything is where the shared credit is used up, for
    /// then the sender can go on only when nothing is out.
    pub(super) fn is_due(&self, shared: i64) -> bool {
        let Amount { bytes, items } = self.owed;
        let half = bytes * 2 >= self.whole.bytes || items * 2 >= self.whole.items;
        (bytes > 0 || items > 0) && (half || shared <= 0)
    }

    /// What a credit frame is to say; [`granted`](Self::granted) once it is sent.
    pub(super) fn owed(&self) -> Amount {
        Amount { bytes: self.owed.bytes.min(MOST), items: self.owed.items.min(MOST) }
    }

    pub(super) fn granted(&mut self, granted: Amount) {
        self.left.add(granted);
        self.owed.sub(granted);
    }
}

/// What all streams of a connection share in one direction, in bytes, as its receiver sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shared {
    pub(super) left: i64,
    owed: i64,
    whole: i64,
}

impl Shared {
    pub(super) fn new(bytes: u32) -> Self {
        let whole = i64::from(bytes).min(MOST);
        Self { left: whole, owed: 0, whole }
    }

    /// Whether what is owed is worth a frame: half of the window, or as much as the sender has left, so that it never
    /// waits for what stands still elsewhere.
    pub(super) fn is_due(&self) -> bool {
        self.owed > 0 && (self.owed * 2 >= self.whole || self.owed >= self.left)
    }

    /// So many bytes that have come are held by nobody any more.
    pub(super) fn give_back(&mut self, bytes: i64) {
        self.owed += bytes;
    }

    /// What a credit frame is to say; [`granted`](Self::granted) once it is sent.
    pub(super) fn owed(&self) -> i64 {
        self.owed.min(MOST)
    }

    pub(super) fn granted(&mut self, granted: i64) {
        self.left += granted;
        self.owed -= granted;
    }

    /// What has come and is neither given back nor owed.
    pub(super) fn held(&self) -> i64 {
        self.whole - self.left - self.owed
    }
}
