//! Frames that no lawful peer sends, into one end: it keeps its tables and its limits whatever comes.
//!
//! A connection ends at the first violation. These tests go on after it, so that one bad frame does not hide the next:
//! the tables promise more than the protocol needs.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{collection::vec, prelude::*};

use super::{
    CALLS, Callee, CalleeEvent, Caller, CallerEvent, HEAD, Head, Kind, MESSAGE, Refusal, limits, message,
    pipe::{Pipe, Reader},
};

/// One frame of any kind, most often such as could be lawful.
#[derive(Clone, Debug)]
struct AnyFrame {
    head: [u8; HEAD],
    size: usize,
    /// Where it is cut in two on its way.
    cut: usize,
}

impl AnyFrame {
    /// The frame as the other end finds it, if it finds it at all.
    fn arrive(&self) -> Option<(Head, Vec<u8>)> {
        let (mut pipe, mut reader) = (Pipe::default(), Reader::default());
        pipe.write_raw(&self.head, &message(0, self.size));
        reader.push(&pipe.take(self.cut));
        assert_eq!(reader.frame().ok().flatten().filter(|_| !pipe.is_empty()), None, "a part was taken for a frame");
        reader.push(&pipe.take(usize::MAX));
        reader.frame().ok().flatten()
    }
}

prop_compose! {
    fn any_frame(usual: Kind)(
        kind in prop_oneof![12 => Just(usual as u8), 6 => 0..12_u8, 1 => any::<u8>()],
        flags in prop_oneof![4 => Just(0_u8), 4 => Just(1), 2 => 0..64_u8, 1 => any::<u8>()],
        rest in any::<[u8; 10]>(),
        priority in prop_oneof![20 => 0..8_u8, 1 => any::<u8>()],
        call in prop_oneof![9 => (0..7_u32).prop_map(|call| call * 2 + 1), 2 => Just(0), 1 => 0..14_u32, 1 => any::<u32>()],
        size in prop_oneof![Just(0), 0..MESSAGE / 3, 0..MESSAGE + 20],
        cut in 0..HEAD + MESSAGE,
    ) -> AnyFrame {
        let mut head = [0; HEAD];
        head[..4].copy_from_slice(&[kind, flags, rest[0], priority]);
        head[4..8].copy_from_slice(&call.to_le_bytes());
        head[8..].copy_from_slice(&rest[2..]);
        AnyFrame { head, size, cut }
    }
}

#[derive(Clone, Debug)]
enum CalledOp {
    Frame(AnyFrame),
    Attach { which: usize },
    Finish { which: usize },
    Goaway,
}

fn called_op() -> impl Strategy<Value = CalledOp> {
    prop_oneof![
        20 => any_frame(Kind::Request).prop_map(CalledOp::Frame),
        3 => (0..4_usize).prop_map(|which| CalledOp::Attach { which }),
        6 => (0..4_usize).prop_map(|which| CalledOp::Finish { which }),
        1 => Just(CalledOp::Goaway),
    ]
}

/// A callee among enemies, and what it must know.
struct Besieged {
    wire: Callee<u32>,
    request_bytes: usize,
    /// What is kept for each call that runs.
    running: BTreeMap<u32, Option<u32>>,
    /// Ids that were ever seen.
    seen: BTreeSet<u32>,
}

impl Besieged {
    fn apply(&mut self, op: &CalledOp) {
        match op {
            CalledOp::Frame(frame) => {
                if let Some((head, body)) = frame.arrive() {
                    self.handle(&head, &body);
                }
            }
            CalledOp::Attach { which } => {
                let waits = self.running.iter_mut().filter(|(_, kept)| kept.is_none()).nth(*which);
                if let Some((call, kept)) = waits {
                    *kept = Some(!call);
                    self.wire.calls.attach(*call, !call);
                }
            }
            CalledOp::Finish { which } => {
                let running = self.running.keys().nth(*which).copied();
                running.into_iter().for_each(|call| self.finish(call));
            }
            CalledOp::Goaway => drop(self.wire.goaway(0)),
        }
    }

    fn handle(&mut self, head: &Head, body: &[u8]) {
        self.seen.insert(head.call);
        match self.wire.handle_frame(head, body) {
            Ok(CalleeEvent::Run { head, joined }) => {
                assert!(joined.as_deref().unwrap_or(body).len() <= MESSAGE, "a message is too long");
                let twice = head.call != 0 && self.running.insert(head.call, None).is_some();
                assert!(!twice, "call {} runs twice", head.call);
            }
            Ok(CalleeEvent::Refuse(call, _)) => assert_eq!(self.wire.calls.finish(call), None),
            Ok(CalleeEvent::Cancel(kept)) => assert_eq!(Some(Some(*kept)), self.running.get(&head.call).copied()),
            Ok(_) | Err(_) => {}
        }
    }

    fn finish(&mut self, call: u32) {
        assert_eq!(Some(self.wire.calls.finish(call)), self.running.remove(&call));
    }

    fn receiving(&self) -> Vec<u32> {
        self.seen.iter().copied().filter(|call| self.wire.calls.is_receiving(*call)).collect()
    }

    fn check(&self) {
        let receiving = self.receiving();
        assert_eq!(self.wire.calls.len(), self.running.len() + receiving.len());
        let calls = receiving.iter().filter(|call| **call != 0).count() + self.running.len();
        assert!(calls <= CALLS, "{calls} calls are open, the limit is {CALLS}");
        assert!(self.wire.calls.held_alone() <= self.request_bytes, "more is held than the limit allows");
    }

    /// Every call ends as the rules have it.
    fn end_calls(&mut self) {
        for call in self.running.keys().copied().collect::<Vec<_>>() {
            self.finish(call);
        }
        for call in self.receiving() {
            if call == 0 {
                assert!(self.wire.handle_frame(&Head::new(Kind::Request, 0), b"").is_ok());
                continue;
            }
            let cancelled = self.wire.handle_frame(&Head::new(Kind::Cancel, call), b"");
            assert_eq!(cancelled, Ok(CalleeEvent::Refuse(call, Refusal::Cancelled)));
        }
    }

    /// The connection is lost.
    fn lose(&mut self) {
        let mut kept: Vec<_> = self.running.values().copied().flatten().collect();
        let mut given = self.wire.calls.close();
        kept.sort_unstable();
        given.sort_unstable();
        assert_eq!(given, kept);
    }
}

#[derive(Clone, Debug)]
enum CallingOp {
    Frame(AnyFrame),
    Open,
    Abandon { which: usize },
    Forget { which: usize },
}

fn calling_op() -> impl Strategy<Value = CallingOp> {
    prop_oneof![
        12 => any_frame(Kind::Response).prop_map(CallingOp::Frame),
        8 => Just(CallingOp::Open),
        2 => (0..4_usize).prop_map(|which| CallingOp::Abandon { which }),
        1 => (0..4_usize).prop_map(|which| CallingOp::Forget { which }),
    ]
}

/// A caller among enemies, and the calls that it must know.
struct Misled {
    wire: Caller<usize>,
    open: BTreeMap<u32, Asked>,
    opened: usize,
}

/// A call of a caller among enemies.
#[derive(Debug, PartialEq)]
struct Asked {
    /// What is kept for it until it is given up.
    kept: Option<usize>,
    /// Bytes of its reply of which a part is still to come, unless it was given up.
    held: usize,
    /// The kind of frames that it comes in.
    of: Kind,
}

impl Asked {
    fn new(kept: usize) -> Self {
        Self { kept: Some(kept), held: 0, of: Kind::Response }
    }

    /// A fragment has come. One of another kind drops what has come before.
    fn receive(&mut self, kind: Kind, bytes: usize) {
        if self.kept.is_some() {
            self.held = bytes + if self.of == kind { self.held } else { 0 };
        }
        self.of = kind;
    }

    fn abandon(&mut self) -> Option<usize> {
        self.held = 0;
        self.kept.take()
    }
}

impl Misled {
    fn apply(&mut self, op: &CallingOp) {
        match op {
            CallingOp::Frame(frame) => {
                if let Some((head, body)) = frame.arrive() {
                    self.handle(&head, &body);
                }
            }
            CallingOp::Open if self.open.len() < 2 * CALLS => {
                self.opened += 1;
                let call = self.wire.calls.open(self.opened);
                assert_eq!(self.open.insert(call, Asked::new(self.opened)), None);
            }
            CallingOp::Open => {}
            CallingOp::Abandon { which } => {
                if let Some((call, asked)) = self.open.iter_mut().nth(*which) {
                    assert_eq!(self.wire.calls.abandon(*call), asked.abandon());
                }
            }
            CallingOp::Forget { which } => {
                if let Some(call) = self.open.keys().nth(*which).copied() {
                    assert_eq!(Some(self.wire.calls.forget(call)), self.open.remove(&call).map(|asked| asked.kept));
                }
            }
        }
    }

    fn handle(&mut self, head: &Head, body: &[u8]) {
        match self.wire.handle_frame(head, body) {
            Ok(CallerEvent::Reply { kept, joined, .. }) => {
                assert!(joined.as_deref().unwrap_or(body).len() <= MESSAGE, "a message is too long");
                assert_eq!(self.open.remove(&head.call).map(|asked| asked.kept), Some(Some(kept)));
            }
            Ok(CallerEvent::Freed) => {
                let asked = self.open.remove(&head.call).map(|asked| (asked.kept, asked.held));
                assert_eq!(asked, Some((None, 0)));
            }
            Ok(CallerEvent::Misshapen(kept)) => {
                let asked = self.open.get_mut(&head.call).expect("it was asked");
                assert_eq!(asked.abandon(), Some(kept));
            }
            Ok(CallerEvent::Nothing) if matches!(head.kind, Kind::Response | Kind::Begin | Kind::End) => {
                let asked = self.open.get_mut(&head.call).expect("it was asked");
                asked.receive(head.kind, body.len());
            }
            Ok(_) | Err(_) => {}
        }
    }

    fn check(&self) {
        assert_eq!(self.wire.calls.len(), self.open.len());
        assert_eq!(self.wire.calls.held(), self.open.values().map(|asked| asked.held).sum::<usize>());
        assert!(self.open.values().all(|asked| asked.held <= MESSAGE), "more is held than the limit allows");
    }

    /// Every call is answered.
    fn end_calls(&mut self) {
        let calls: Vec<_> = self.open.iter().map(|(call, asked)| (*call, asked.of)).collect();
        for (call, of) in calls {
            // What has begun as an end goes on as one.
            let kind = if of == Kind::End { of } else { Kind::Response };
            self.handle(&Head::new(kind, call), b"");
        }
    }

    /// The connection is lost.
    fn lose(&mut self) {
        let mut kept: Vec<_> = self.open.values().filter_map(|asked| asked.kept).collect();
        let mut given = self.wire.calls.close();
        kept.sort_unstable();
        given.sort_unstable();
        assert_eq!(given, kept);
    }
}

proptest! {
    #[test]
    fn whatever_a_callee_is_sent_its_table_and_its_limits_hold(
        ops in vec(called_op(), 0..100),
        request_bytes in 0..(CALLS + 2) * MESSAGE,
        lost: bool,
    ) {
        let wire = Callee::accepting(&limits(request_bytes));
        let mut callee = Besieged { wire, request_bytes, running: BTreeMap::new(), seen: BTreeSet::new() };
        for op in &ops {
            callee.apply(op);
            callee.check();
        }
        if lost { callee.lose() } else { callee.end_calls() };
        prop_assert!(callee.wire.calls.is_empty());
        prop_assert_eq!(callee.wire.calls.held_alone(), 0);
    }

    #[test]
    fn whatever_a_caller_is_sent_its_table_and_its_limits_hold(ops in vec(calling_op(), 0..100), lost: bool) {
        let mut caller = Misled { wire: Caller::dialling(MESSAGE), open: BTreeMap::new(), opened: 0 };
        for op in &ops {
            caller.apply(op);
            caller.check();
        }
        if lost { caller.lose() } else { caller.end_calls() };
        prop_assert!(caller.wire.calls.is_empty());
        prop_assert_eq!(caller.wire.calls.held(), 0);
    }

    #[test]
    fn no_bytes_at_all_make_a_reader_of_frames_panic_or_hold_more_than_came(bytes: Vec<u8>, cut: usize) {
        let mut reader = Reader::default();
        let (first, rest) = bytes.split_at(cut % (bytes.len() + 1));
        for piece in [first, rest] {
            reader.push(piece);
            while let Ok(Some((_, body))) = reader.frame() {
                prop_assert!(body.len() <= bytes.len());
            }
        }
    }
}
