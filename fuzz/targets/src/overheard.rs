//! What one side of a connection may answer to what it was sent.

use std::collections::{BTreeMap, VecDeque};

use rpc_core::{
    Limits,
    wire::{Flags, Found, Head, Hello, Kind, ProtocolError, longest, next},
};

use crate::{
    frames::MAX_FRAME,
    opening::{LONGEST, Opening},
    peer::Peer,
};

/// Checks what a server with these limits has answered to a peer: nothing to a stranger, its hello and what is wrong to a
/// peer whose own is wrong, and otherwise at most one response to each request, a pong to each ping in their order, and a
/// reason last of all if any.
pub(crate) fn answers(peer: &Peer, heard: &[u8], limits: &Limits) {
    let longest = if peer.frames { MAX_FRAME } else { longest(limits.message) };
    let (hello, frames) = match Opening::of(&peer.bytes, peer.frames, limits.hello, longest) {
        Opening::Unanswered => return assert_eq!(heard, b""),
        Opening::Hello(hello, frames) => (Some(hello), frames),
        Opening::Wrong => (None, &[][..]),
    };
    let Opening::Hello(_, heard) = Opening::of(heard, peer.frames, LONGEST, usize::MAX) else {
        panic!("the hello is not answered");
    };
    let (heard, left) = split(heard, usize::MAX);
    assert_eq!(left, Ok(0), "a part of a frame was sent");
    let last = heard.last().map(|(head, _)| head.kind);
    assert!(hello.is_some() || heard.len() == 1 && last == Some(Kind::Error), "a wrong hello is answered as any");
    let (asked, _) = split(frames, longest);
    Answers::to(&asked, &hello.unwrap_or_default()).check(&heard);
}

/// What may be answered.
struct Answers {
    /// The most responses for each call.
    responses: BTreeMap<u32, usize>,
    pongs: VecDeque<Head>,
    goaways: usize,
    longest: usize,
}

impl Answers {
    fn to(asked: &[(Head, &[u8])], hello: &Hello) -> Self {
        let mut answers = Self {
            responses: BTreeMap::new(),
            pongs: VecDeque::new(),
            goaways: 0,
            longest: hello.max_message as usize,
        };
        for (head, _) in asked {
            match head.kind {
                Kind::Request if head.call != 0 => *answers.responses.entry(head.call).or_default() += 1,
                Kind::Ping => answers.pongs.push_back(Head { kind: Kind::Pong, ..*head }),
                Kind::Goaway => answers.goaways = 1,
                _ => {}
            }
        }
        answers
    }

    fn check(mut self, heard: &[(Head, &[u8])]) {
        for (at, (head, body)) in heard.iter().enumerate() {
            assert!(body.len() <= self.longest, "{} bytes are sent to a peer that takes {}", body.len(), self.longest);
            match head.kind {
                Kind::Response => {
                    if !head.flags.has(Flags::MORE) {
                        let left = self.responses.get_mut(&head.call).filter(|left| **left > 0);
                        *left.unwrap_or_else(|| panic!("one response too many: {head:?}")) -= 1;
                    }
                }
                Kind::Pong => assert_eq!(self.pongs.pop_front(), Some(*head)),
                Kind::Goaway if self.goaways == 1 => self.goaways = 0,
                Kind::Error => assert_eq!(at + 1, heard.len(), "something follows an error"),
                kind => panic!("a server sends a {} frame", kind.name()),
            }
        }
    }
}

/// Checks what a client has sent to a peer: its hello, requests of ids that are free, cancels of
/// those that are not, a pong to each ping in their order, and a reason last of all if any. Gives the bytes of a frame that
/// was not sent to its end: a client leaves a server that breaks the rules at once.
pub(crate) fn requests(peer: &Peer, heard: &[u8]) -> usize {
    let Opening::Hello(_, heard) = Opening::of(heard, peer.frames, LONGEST, usize::MAX) else {
        panic!("a client says hello");
    };
    let (heard, left) = split(heard, usize::MAX);
    let (said, theirs) = after_hello(peer);
    let mut pongs: VecDeque<_> =
        said.iter().filter(|(head, _)| head.kind == Kind::Ping).map(|(head, _)| *head).collect();
    let ended = |call| said.iter().filter(|(head, _)| head.kind == Kind::Response && head.call == call).count();
    let mut begun: BTreeMap<u32, usize> = BTreeMap::new();
    let mut cancelled: BTreeMap<u32, usize> = BTreeMap::new();
    for (at, (head, body)) in heard.iter().enumerate() {
        assert!(body.len() <= theirs.max_message as usize, "more is sent than the server takes");
        match head.kind {
            Kind::Request if head.flags.has(Flags::MORE) || head.call == 0 => {}
            Kind::Request => {
                let times = begun.entry(head.call).or_default();
                *times += 1;
                assert!(*times <= ended(head.call) + 1, "id {} is used again before its terminal frame", head.call);
            }
            Kind::Cancel => {
                let times = cancelled.entry(head.call).or_default();
                *times += 1;
                assert!(*times <= ended(head.call) + 1, "call {} is cancelled twice", head.call);
            }
            Kind::Pong => assert_eq!(pongs.pop_front(), Some(Head { kind: Kind::Ping, ..*head })),
            Kind::Goaway => assert!(said.iter().any(|(said, _)| (said.kind, said.word) == (Kind::Goaway, head.word))),
            Kind::Error => assert_eq!(at + 1, heard.len(), "something follows an error"),
            kind => panic!("a client sends a {} frame", kind.name()),
        }
    }
    left.expect("a client sends frames")
}

/// The frames behind a peer's hello, and the hello; none and the default behind anything else.
pub(crate) fn after_hello(peer: &Peer) -> (Frames<'_>, Hello) {
    match Opening::of(&peer.bytes, peer.frames, LONGEST, usize::MAX) {
        Opening::Hello(hello, frames) => (split(frames, usize::MAX).0, hello),
        _ => (Frames::new(), Hello::default()),
    }
}

/// The frames of a stream.
type Frames<'a> = Vec<(Head, &'a [u8])>;

/// The frames of a stream, and how many bytes are left, or what is no frame.
pub(crate) fn split(mut stream: &[u8], longest: usize) -> (Frames<'_>, Result<usize, ProtocolError>) {
    let mut frames = Vec::new();
    loop {
        match next(stream, longest) {
            Ok(Found::Frame { head, body }) => {
                let (frame, rest) = stream.split_at(body.end);
                frames.extend(head.map(|head| (head, &frame[body])));
                stream = rest;
            }
            Ok(Found::Partial { .. }) => return (frames, Ok(stream.len())),
            Err(error) => return (frames, Err(error)),
        }
    }
}
