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
    pub(super) fn suffices(self) -> bool {
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

    /// What may be sent now; nothing where no item may be begun.
    pub(super) fn now(&self, shared: i64) -> Amount {
        match self.allows(shared) {
            true if shared > 0 => Amount { bytes: self.left.bytes.min(shared), ..self.left },
            true => Amount { items: 1, ..self.left },
            false => Amount::default(),
        }
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

    /// Whether an item may be begun when this has come, while there is shared credit.
    pub(super) fn allows_after(&self, came: Amount) -> bool {
        let mut left = self.left;
        left.sub(came);
        left.suffices()
    }

    pub(super) fn spend(&mut self, spent: Amount) {
        self.left.sub(spent);
    }

    /// The program has taken this.
    pub(super) fn take(&mut self, taken: Amount) {
        self.owed.add(taken);
        debug_assert!(self.held().bytes >= 0 && self.held().items >= 0, "credit of a stream is given back twice");
    }

    /// What has come and is neither given back nor owed.
    pub(super) fn held(&self) -> Amount {
        let mut held = self.whole;
        held.sub(self.left);
        held.sub(self.owed);
        held
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
        debug_assert!(self.held() >= 0, "credit of the connection is given back twice");
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

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn amount(bytes: i64, items: i64) -> Amount {
        Amount { bytes, items }
    }

    fn spent(whole: Amount, spent: Amount) -> Credit {
        let mut credit = Credit::new(whole);
        credit.spend(spent);
        credit
    }

    /// A window of which so much has come, and so much of it was taken.
    fn used(whole: Amount, came: Amount, taken: Amount) -> Window {
        let mut window = Window::new(whole);
        window.spend(came);
        window.take(taken);
        window
    }

    #[test]
    fn an_item_is_begun_with_a_byte_and_an_item_of_credit_and_not_without() {
        for (left, allowed) in [
            (amount(1, 1), true),
            (amount(0, 1), false),
            (amount(1, 0), false),
            (amount(-1, 3), false),
            (amount(90, 0), false),
        ] {
            let whole = amount(100, 4);
            let credit = spent(whole, amount(100 - left.bytes, 4 - left.items));
            assert_eq!(credit.allows(1), allowed, "{left:?}");
            let window = used(whole, amount(100 - left.bytes, 4 - left.items), amount(0, 0));
            assert_eq!(window.allows(1), allowed, "{left:?}");
        }
    }

    #[test]
    fn an_item_larger_than_the_credit_is_sent_whole_and_the_next_waits_until_all_of_it_is_given_back() {
        let mut credit = spent(amount(100, 4), amount(1_000, 1));
        assert!(credit.grow(amount(900, 0)) && !credit.allows(1));
        assert!(credit.grow(amount(1, 0)) && credit.allows(1));
    }

    #[test]
    fn with_the_shared_credit_used_up_a_stream_sends_only_while_nothing_of_it_is_out() {
        for shared in [0, -1, i64::MIN] {
            let mut credit = Credit::new(amount(100, 2));
            assert!(credit.allows(shared), "nothing is out");
            credit.spend(amount(16, 1));
            assert!(!credit.allows(shared) && credit.allows(1), "an item is out");
            assert!(credit.grow(amount(16, 0)) && !credit.allows(shared), "its bytes came back, the item did not");
            assert!(credit.grow(amount(0, 1)) && credit.allows(shared));
        }
        let mut none = Credit::new(amount(0, 0));
        assert!(!none.allows(0) && !none.allows(100), "who takes no items is sent none");
        assert!(none.grow(amount(1, 1)) && none.allows(0));
    }

    #[test]
    fn credit_grows_up_to_the_most_that_may_be_had_and_not_above() {
        let most = MOST as u32;
        assert_eq!(Amount::new(u32::MAX, most + 1), amount(MOST, MOST));
        for (more, within) in [(amount(0, 0), true), (amount(1, 0), false), (amount(0, 1), false)] {
            assert_eq!(Credit::new(amount(MOST, MOST)).grow(more), within, "{more:?}");
            let mut less = Credit::new(amount(MOST - 5, MOST - 5));
            assert!(less.grow(amount(5, 5)));
            assert_eq!(less.grow(more), within, "{more:?}");
        }
        let mut most_at_once = spent(amount(MOST, MOST), amount(i64::from(u32::MAX), i64::from(u32::MAX)));
        assert!(most_at_once.grow(amount(i64::from(u32::MAX), i64::from(u32::MAX))));
    }

    #[test]
    fn a_stream_is_given_credit_at_half_of_its_window_in_bytes_or_items_and_not_before() {
        for (taken, due) in [
            (amount(0, 0), false),
            (amount(49, 1), false),
            (amount(50, 1), true),
            (amount(49, 2), true),
            (amount(100, 4), true),
        ] {
            assert_eq!(used(amount(100, 4), amount(100, 4), taken).is_due(1), due, "{taken:?}");
        }
    }

    #[test]
    fn while_the_shared_credit_is_used_up_a_stream_is_given_whatever_it_is_owed() {
        for shared in [0, -50] {
            assert!(used(amount(100, 4), amount(20, 1), amount(20, 1)).is_due(shared));
            assert!(used(amount(100, 4), amount(20, 1), amount(1, 0)).is_due(shared));
            assert!(!used(amount(100, 4), amount(20, 1), amount(0, 0)).is_due(shared), "nothing is owed");
        }
    }

    #[test]
    fn what_all_share_is_given_back_at_half_of_it_or_at_as_much_as_is_left() {
        let of_a_hundred = |came: i64, given_back: i64| {
            let mut shared = Shared::new(100);
            shared.left -= came;
            shared.give_back(given_back);
            shared
        };
        for (came, given_back, due) in [
            (0, 0, false),
            (49, 49, false),
            (50, 50, true),
            (100, 0, false),
            (100, 1, true),
            (80, 19, false),
            (80, 20, true),
            (300, 1, true),
        ] {
            assert_eq!(of_a_hundred(came, given_back).is_due(), due, "{given_back} of {came}");
        }
        let mut shared = of_a_hundred(300, 250);
        shared.granted(shared.owed());
        assert_eq!((shared.left, shared.owed(), shared.held()), (50, 0, 50));
    }

    #[cfg(debug_assertions)]
    #[test]
    #[should_panic(expected = "given back twice")]
    fn what_is_given_back_twice_is_seen() {
        let mut window = used(amount(100, 4), amount(20, 1), amount(20, 1));
        window.take(amount(20, 1));
    }

    #[derive(Clone, Copy, Debug)]
    enum Op {
        Send(i64),
        /// So many hundredths of what is held are taken.
        Take(i64),
        Grant,
    }

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![(16..400_i64).prop_map(Op::Send), (0..=100_i64).prop_map(Op::Take), Just(Op::Grant)]
    }

    proptest! {
        /// Both ends of a stream, with credit frames that arrive at once; the shared credit comes and goes.
        #[test]
        fn what_is_left_held_and_owed_is_the_whole_window_and_who_took_all_can_be_sent_more(
            bytes in 1..300_u32,
            items in 1..5_u32,
            ops in vec((op(), any::<bool>()), 0..60),
        ) {
            let whole = Amount::new(bytes, items);
            let (mut credit, mut window, mut held) = (Credit::new(whole), Window::new(whole), Amount::default());
            for (op, used_up) in ops {
                let shared = i64::from(!used_up);
                match op {
                    Op::Send(cost) if credit.allows(shared) => {
                        prop_assert!(window.allows(shared), "its receiver finds fault with what its sender may");
                        let item = amount(cost, 1);
                        credit.spend(item);
                        window.spend(item);
                        held.add(item);
                        prop_assert!(credit.left.bytes > -cost && credit.left.items >= 0);
                    }
                    Op::Send(_) => {}
                    Op::Take(part) => {
                        let taken = amount(held.bytes * part / 100, held.items * part / 100);
                        held.sub(taken);
                        window.take(taken);
                    }
                    Op::Grant if window.is_due(shared) => {
                        let owed = window.owed();
                        window.granted(owed);
                        prop_assert!(credit.grow(owed));
                    }
                    Op::Grant => {}
                }
                prop_assert_eq!((window.held(), credit.left), (held, window.left));
            }
            window.take(held);
            for shared in [0, 1] {
                if window.is_due(shared) {
                    let owed = window.owed();
                    window.granted(owed);
                    prop_assert!(credit.grow(owed));
                }
                prop_assert!(credit.allows(shared), "all was taken, and its sender waits: {:?}", credit);
            }
        }
    }
}
