//! F-1, F-2, F-11, F-13: a whole session as bytes, cut off, torn away, in pieces of any size, and damaged.

use std::{cell::RefCell, collections::BTreeMap, time::Duration};

use bytes::Bytes;
use rpc_core::{
    Limits,
    wire::{Flags, Found, Head, Hello, Kind, Parsed, longest, next, parse_hello},
};
use rpc_tests::{RawPeer, Seeded, request};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::yield_now,
};

use crate::attack::{DUPLEX, Peer, STREAMS, Target, attack};

/// Ids that a session takes.
const IDS: u64 = 10;

/// All that one side says.
struct Session {
    bytes: Vec<u8>,
    /// After how many bytes a note has been sent whole, and its id.
    notes: Vec<(usize, u64)>,
}

impl Session {
    /// Hello, calls whole and in fragments, a cancel, a ping; ids from `first` on.
    fn new(first: u64) -> Self {
        let [one, two, three, four, stuck] = [0, 1, 2, 3, 4].map(|n| (first + n).to_le_bytes());
        let note = |call| request(call, "note");
        let frames: [(Head, &[u8], Option<u64>); 8] = [
            (note(1), &one, Some(first)),
            (request(3, "wait"), &stuck, None),
            (Head::new(Kind::Ping, 0), b"", None),
            (note(5).flags(Flags::MORE), &two[..3], None),
            (note(7), &three, Some(first + 2)),
            (note(5), &two[3..], Some(first + 1)),
            (Head::new(Kind::Cancel, 3), b"", None),
            (note(9), &four, Some(first + 3)),
        ];
        let mut bytes = Hello::default().encode();
        let mut notes = Vec::new();
        for (head, body, id) in frames {
            bytes.extend(RawPeer::frame(head, body));
            notes.extend(id.map(|id| (bytes.len(), id)));
        }
        Self { bytes, notes }
    }

    /// Fails unless every note that was whole after `sent` bytes has run once, and no other.
    fn assert_ran(&self, target: &Target, sent: usize) {
        for (end, id) in &self.notes {
            assert_eq!(target.desk().ran(*id), usize::from(*end <= sent), "note {id}, cut at {sent}");
        }
    }
}

/// Where a session may be cut, and the session of each cut, whose ids are its own.
fn cuts() -> impl Iterator<Item = (usize, Session)> {
    (0..=Session::new(0).bytes.len()).map(|cut| (cut, Session::new(cut as u64 * IDS)))
}

#[tokio::test]
async fn f01_a_session_cut_at_any_byte_has_run_what_was_whole_and_leaves_nothing() {
    attack()
        .run(async |target| {
            for (cut, session) in cuts() {
                let mut peer = target.dial().await;
                peer.send_bytes(&session.bytes[..cut]).await;
                // Whatever the server says to that, it closes in turn.
                drop(all_that_is_said(peer).await);
                session.assert_ran(target, cut);
            }
        })
        .await;
}

/// Says no more, and reads all that the server still says.
async fn all_that_is_said(mut peer: Peer) -> Vec<u8> {
    let mut said = Vec::new();
    let _ = peer.io.shutdown().await;
    let _ = peer.io.read_to_end(&mut said).await;
    said
}

#[tokio::test]
async fn f02_a_session_torn_away_at_any_byte_runs_nothing_twice_and_nothing_in_part() {
    let connect = async |target: &Target| {
        target.expect_peers(1);
        let address = target.served.url.strip_prefix("tcp://").expect("TCP");
        TcpStream::connect(address).await.expect("the server listens")
    };
    attack()
        .over(&STREAMS[..1])
        .run(async |target| {
            for (cut, session) in cuts() {
                let mut peer = connect(target).await;
                peer.write_all(&session.bytes[..cut]).await.unwrap();
                // In half of the cases the server has looked at some of it before.
                if cut % 2 == 0 {
                    peer.set_nodelay(true).unwrap();
                    yield_now().await;
                }
                peer.set_zero_linger().unwrap();
            }
            // What was on its way when a connection was reset is lost.
            target.served.until("the end of them", |now| now.connections == 1).await;
            for (cut, session) in cuts() {
                for (end, id) in session.notes {
                    assert!(target.desk().ran(id) <= usize::from(end <= cut), "note {id}, cut at {cut}");
                }
            }
        })
        .await;
}

#[tokio::test]
async fn f02_a_client_that_is_torn_away_cancels_its_handlers() {
    attack()
        .over(&STREAMS[..1])
        .run(async |target| {
            target.expect_peers(1);
            let mut peer = RawPeer::client(&target.served.url).await;
            peer.send(request(1, "watch"), &1_u64.to_le_bytes()).await;
            target.desk().until_ran(1).await;
            peer.io.set_zero_linger().unwrap();
            drop(peer);
            target.desk().until_running(0).await;
            target.desk().until_ran(2).await;
        })
        .await;
}

#[tokio::test]
async fn f02_a_peer_that_falls_silent_in_its_hello_is_shown_the_door_in_time() {
    let limits = Limits { hello_timeout: Duration::from_millis(20), ..Limits::default() };
    attack()
        .limits(limits)
        .run(async |target| {
            let hello = Hello::default().encode();
            for cut in [0, 1, 8, 15, 16, hello.len() - 1] {
                let mut peer = target.dial().await;
                peer.send_bytes(&hello[..cut]).await;
                assert_eq!(peer.receive().await, None, "cut at {cut}");
            }
        })
        .await;
}

#[tokio::test]
async fn f02_peers_that_fall_silent_at_any_byte_hold_up_nobody() {
    attack()
        .over(&DUPLEX)
        .run(async |target| {
            let hello = Hello::default().encode().len();
            let mut peers = Vec::new();
            for (cut, session) in cuts().skip(hello) {
                let mut peer = target.peer().await;
                peer.send_bytes(&session.bytes[hello..cut]).await;
                peers.push((peer, cut, session));
            }
            for (_, cut, session) in &peers {
                for (_, id) in session.notes.iter().filter(|(end, _)| end <= cut) {
                    target.desk().until_ran(*id).await;
                }
            }
            assert_eq!(target.served.stats.snapshot().connections, peers.len() + 1, "none was at fault");
            for (_, cut, session) in &peers {
                session.assert_ran(target, *cut);
            }
        })
        .await;
}

/// What a server answers to a session that comes in these pieces: the frames in order of their calls.
async fn answers<'a>(
    target: &Target,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> BTreeMap<(u32, u8), (Head, Bytes)> {
    let mut peer = target.dial().await;
    for piece in pieces {
        peer.send_bytes(piece).await;
        yield_now().await;
    }
    peer.read_hello().await;
    let mut answers = BTreeMap::new();
    // Five calls and a ping.
    while answers.len() < 6 {
        let (head, body) = peer.receive().await.expect("an answer");
        let twice = answers.insert((head.call, head.kind as u8), (head, body));
        assert_eq!(twice, None, "answered twice");
    }
    answers
}

#[tokio::test]
async fn f11_a_session_in_pieces_of_any_size_is_answered_as_one_in_one_piece() {
    let seeded = RefCell::new(Seeded::anew());
    attack()
        .run(async |target| {
            let Session { bytes, notes } = Session::new(0);
            let whole = answers(target, [&bytes[..]]).await;
            let mut times = 1;
            let mut same = async |pieces: Vec<&[u8]>| {
                let lengths: Vec<usize> = pieces.iter().map(|piece| piece.len()).collect();
                assert_eq!(answers(target, pieces).await, whole, "in pieces of {lengths:?}");
                times += 1;
            };
            same(bytes.chunks(1).collect()).await;
            for cut in 1..bytes.len() {
                same(vec![&bytes[..cut], &bytes[cut..]]).await;
            }
            for _ in 0..50 {
                let mut pieces = Vec::new();
                let mut rest = &bytes[..];
                while !rest.is_empty() {
                    let (piece, after) = rest.split_at(1 + seeded.borrow_mut().below(rest.len().min(60)));
                    pieces.push(piece);
                    rest = after;
                }
                same(pieces).await;
            }
            for (_, id) in notes {
                assert_eq!(target.desk().ran(id), times, "note {id}");
            }
        })
        .await;
}

#[tokio::test]
async fn f11_sixty_four_frames_in_one_write_are_sixty_four_calls() {
    attack()
        .run(async |target| {
            let mut peer = target.peer().await;
            let frames = (0..64_u32).map(|n| RawPeer::frame(request(2 * n + 1, "note"), &u64::from(n).to_le_bytes()));
            peer.send_bytes(&frames.collect::<Vec<_>>().concat()).await;
            for (call, (head, body)) in peer.responses(64).await {
                assert_eq!((head.word, &body[..]), (0, &u64::from(call / 2).to_le_bytes()[..]));
            }
            assert!(target.desk().ledger().into_iter().eq(0..64));
        })
        .await;
}

/// Random bytes, or a session that was damaged at random.
fn damaged(seeded: &mut Seeded, round: usize) -> Vec<u8> {
    let (hello, mut bytes) = (Hello::default().encode().len(), Session::new(0).bytes);
    match round % 5 {
        0 => {
            let len = seeded.below(400);
            seeded.bytes(len)
        }
        1 => {
            let len = seeded.below(400);
            [&bytes[..hello], &seeded.bytes(len)].concat()
        }
        2 => {
            for _ in 0..=seeded.below(8) {
                let (at, bit) = (seeded.below(bytes.len()), seeded.below(8));
                bytes[at] ^= 1 << bit;
            }
            bytes
        }
        3 => {
            // Splices: a piece is cut out, moved, or stands twice.
            for _ in 0..=seeded.below(4) {
                let from = seeded.below(bytes.len());
                let piece = bytes[from..(from + seeded.below(60)).min(bytes.len())].to_vec();
                if seeded.below(2) == 0 {
                    bytes.drain(from..from + piece.len());
                }
                let to = seeded.below(bytes.len() + 1);
                bytes.splice(to..to, piece);
            }
            bytes
        }
        _ => {
            // Frames with whatever in them.
            bytes.truncate(hello);
            for _ in 0..seeded.below(12) {
                let len = seeded.below(40);
                let mut frame = seeded.bytes(16 + len);
                frame[0] = seeded.below(12) as u8;
                frame[1] &= 0x3f;
                frame[3] &= 7;
                frame[4..8].copy_from_slice(&(seeded.below(9) as u32).to_le_bytes());
                bytes.extend((frame.len() as u32).to_le_bytes());
                bytes.extend(frame);
            }
            bytes
        }
    }
}

/// Fails unless these bytes are the beginning of a hello and frames, of which an error is the last. A server that has read
/// the end of a connection closes it with whatever it was about to say.
fn assert_well_formed(said: &[u8]) {
    let Parsed::Hello { len, .. } = parse_hello(said, 64 << 10).expect("what a server says is well-formed") else {
        return;
    };
    let mut rest = &said[len..];
    let mut ended = false;
    while !rest.is_empty() {
        assert!(!ended, "something comes behind the error: {rest:?}");
        let Found::Frame { head, body } = next(rest, longest(4 << 20)).expect("what a server says is well-formed")
        else {
            return;
        };
        ended = head.is_some_and(|head| head.kind == Kind::Error);
        rest = &rest[body.end..];
    }
}

#[tokio::test]
async fn f13_random_and_damaged_sessions_hurt_nobody() {
    let seeded = RefCell::new(Seeded::anew());
    for (urls, rounds) in [(&DUPLEX[..], 3_000), (&STREAMS[..], 200)] {
        attack()
            .over(urls)
            .run(async |target| {
                for round in 0..rounds {
                    let bytes = damaged(&mut seeded.borrow_mut(), round);
                    let peer = target.dial().await;
                    let (mut reader, mut writer) = tokio::io::split(peer.io);
                    let mut said = Vec::new();
                    // Both at once: a server that cannot answer reads no more.
                    let ((), _) = tokio::join!(
                        async {
                            let _ = writer.write_all(&bytes).await;
                            let _ = writer.shutdown().await;
                        },
                        reader.read_to_end(&mut said)
                    );
                    assert_well_formed(&said);
                }
            })
            .await;
    }
}
