//! Credit as its rules have it, counted from the frames that were sent and came (protocol §8.3), beside the code that is
//! tried.

/// Bytes and items.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Amount {
    pub(super) bytes: i64,
    pub(super) items: i64,
}

impl Amount {
    pub(super) fn new(bytes: u32, items: u32) -> Self {
        Self { bytes: bytes.into(), items: items.into() }
    }

    pub(super) fn of(cost: usize, items: usize) -> Self {
        Self { bytes: cost as i64, items: items as i64 }
    }

    fn map(self, other: Self, each: fn(i64, i64) -> i64) -> Self {
        Self { bytes: each(self.bytes, other.bytes), items: each(self.items, other.items) }
    }

    pub(super) fn and(self, other: Self) -> Self {
        self.map(other, |one, other| one + other)
    }

    fn without(self, other: Self) -> Self {
        self.map(other, |one, other| one - other)
    }
}

/// What both sides know of the credit of one direction: of a stream, or of all of them, which has no items.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) whole: Amount,
    /// What may be sent, as its sender knows, and as its receiver does.
    pub(super) sender: Amount,
    receiver: Amount,
    /// What came and was not given back.
    held: Amount,
    /// What was given back and not said yet.
    owed: Amount,
}

impl Account {
    pub(super) fn new(whole: Amount) -> Self {
        Self { whole, sender: whole, receiver: whole, held: Amount::default(), owed: Amount::default() }
    }

    /// Whether an item of this stream may be begun, with what all streams share.
    pub(super) fn allows(&self, shared: &Self) -> bool {
        let Amount { bytes, items } = self.sender;
        bytes > 0 && items > 0 && (shared.sender.bytes > 0 || items >= self.whole.items)
    }

    pub(super) fn sent(&mut self, spent: Amount) {
        self.sender = self.sender.without(spent);
    }

    pub(super) fn came(&mut self, spent: Amount) {
        self.receiver = self.receiver.without(spent);
        self.held = self.held.and(spent);
    }

    pub(super) fn given_back(&mut self, amount: Amount) {
        self.held = self.held.without(amount);
        self.owed = self.owed.and(amount);
    }

    /// A credit frame is sent: it says all that is owed, no more and no less.
    pub(super) fn granted(&mut self, amount: Amount) {
        assert_eq!(amount, self.owed, "another credit is given than is owed");
        self.owed = Amount::default();
        self.receiver = self.receiver.and(amount);
    }

    /// A credit frame has come. Whether there were no bytes left before, and whether there are any now.
    pub(super) fn grew(&mut self, amount: Amount) -> (bool, bool) {
        let used_up = self.sender.bytes <= 0;
        self.sender = self.sender.and(amount);
        (used_up, self.sender.bytes > 0)
    }

    pub(super) fn held(&self) -> Amount {
        self.held
    }

    /// Whether its receiver knows of credit that is left behind so much.
    pub(super) fn outlasts(&self, cost: usize) -> bool {
        self.receiver.bytes > cost as i64
    }

    /// Whether so much is owed to a stream that it must have been said.
    pub(super) fn is_overdue_beside(&self, shared: &Self) -> bool {
        let Amount { bytes, items } = self.owed;
        let half = 2 * bytes >= self.whole.bytes || 2 * items >= self.whole.items;
        (bytes > 0 || items > 0) && (half || shared.receiver.bytes <= 0)
    }

    /// The same for what all streams share.
    pub(super) fn is_overdue(&self) -> bool {
        let owed = self.owed.bytes;
        owed > 0 && (2 * owed >= self.whole.bytes || owed >= self.receiver.bytes)
    }

    pub(super) fn check(&self) {
        let Self { whole, sender, receiver, held, owed } = *self;
        assert_eq!(receiver.and(held).and(owed), whole, "credit is lost, or made up");
        assert!(
            sender.bytes <= receiver.bytes && sender.items <= receiver.items,
            "credit that was not given: {self:?}"
        );
        assert!([held, owed].iter().all(|part| part.bytes >= 0 && part.items >= 0), "given back twice: {self:?}");
    }

    /// Nothing is under way, and all was taken.
    pub(super) fn check_whole(&self) {
        assert_eq!(self.sender, self.receiver, "credit is lost on its way");
        assert_eq!(self.held, Amount::default(), "credit is not given back");
    }
}
