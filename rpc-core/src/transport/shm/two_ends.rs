//! Both ends of a link over real shared memory, in two threads, and frames of any length in both directions: as many as a
//! time allows, in connections of all sizes. The time in seconds is `RING_SECONDS` in the environment; the seed of the
//! connection that fails is printed, and with `TEST_SEED` it is repeated.

use std::{
    env,
    future::poll_fn,
    hash::{BuildHasher, RandomState},
    ops::ControlFlow,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{net::UnixStream, task::yield_now, time::timeout};

use super::{control::Control, geometry::Geometry, link::link, setup};
use crate::{
    limits::Limits,
    link::{Carrier, Closed, Delivered, FrameBody, FrameParts, FrameSink, LinkRx, LinkTx, SendError},
    wire::{HEAD, Head, Kind},
};

/// Most frames of a connection, in each direction.
const FRAMES: u64 = 3_000;
/// Long after a connection has done everything, also on a machine that is busy.
const STANDSTILL: Duration = Duration::from_secs(60);

/// A number that looks random and follows from a seed and from what it is for (SplitMix64).
fn drawn(seed: u64, number: u64) -> u64 {
    let bits = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

/// What one end sends.
#[derive(Clone, Copy, Debug)]
struct Frames {
    seed: u64,
    geometry: Geometry,
}

impl Frames {
    fn new(seed: u64) -> Self {
        let sizes = [(16, 4 << 10), (16, 1 << 20), (64, 16 << 10), (256, 8 << 10), (1_024, 1 << 20)];
        let (cells, area) = sizes[drawn(seed, 0) as usize % sizes.len()];
        Self { seed, geometry: Geometry::new(cells, area).expect("a ring has such sizes") }
    }

    fn count(&self) -> u64 {
        drawn(self.seed, 1) % FRAMES
    }

    /// The message of a frame: of few bytes, around what a cell holds, or of any length.
    fn message(&self, number: u64) -> Vec<u8> {
        let bits = drawn(self.seed, number + 2);
        let most = self.geometry.max_frame() - HEAD;
        let len = match bits % 8 {
            0..4 => bits >> 8 & 0x3f,
            4 | 5 => 90 + (bits >> 8 & 0x0f),
            6 => bits >> 8 & 0x3ff,
            _ => bits >> 8,
        };
        let start = bits as usize >> 40;
        (start..start + len as usize % (most + 1)).map(|at| at as u8).collect()
    }
}

/// What the other end gets.
#[derive(Debug)]
struct Taken {
    frames: Frames,
    number: u64,
}

impl FrameSink for Taken {
    fn frame(&mut self, head: &Head, mut body: FrameBody<'_>) -> ControlFlow<()> {
        assert_eq!(u64::from(head.call), self.number + 1, "a frame is not the one whose turn it is");
        assert!(body.as_slice() == self.frames.message(self.number), "frame {} is not what was sent", self.number);
        self.number += 1;
        if self.number.is_multiple_of(5) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

async fn send_all(tx: Arc<dyn LinkTx>, frames: Frames) {
    for number in 0..frames.count() {
        let message = frames.message(number);
        let (body, tail) = message.split_at(message.len() / 3);
        let tail = [tail.to_vec().into()];
        let head = Head::new(Kind::Request, number as u32 + 1);
        while let Err(why) = tx.try_send(FrameParts { head, body, tail: &tail }) {
            assert_eq!(why, SendError::Full);
            poll_fn(|cx| tx.poll_space(cx)).await;
        }
        match drawn(frames.seed, !number) % 16 {
            0..6 => drop(tx.try_flush().expect("the peer is there")),
            6 => yield_now().await,
            _ => {}
        }
    }
    poll_fn(|cx| tx.poll_flush(cx)).await.expect("the peer is there");
}

/// Takes them all, and leaves the end for later.
async fn take_all(mut rx: Box<dyn LinkRx>, frames: Frames) -> Box<dyn LinkRx> {
    let mut taken = Taken { frames, number: 0 };
    while taken.number < frames.count() {
        if drawn(frames.seed, taken.number << 32).is_multiple_of(4) && rx.expect() {
            rx.spin(7, &mut taken);
            if taken.number == frames.count() {
                break;
            }
        }
        match poll_fn(|cx| rx.poll_frames(cx, 20, &mut taken)).await {
            Delivered::Frames(_) => {}
            Delivered::Closed(why) => panic!("{why}, after {} frames of {}", taken.number, frames.count()),
        }
    }
    rx
}

/// One end, up to its end.
async fn run(socket: UnixStream, dials: bool, sends: Frames, gets: Frames) {
    let regions = match dials {
        true => setup::ask(&socket, sends.geometry, usize::MAX).await,
        false => setup::answer(&socket, sends.geometry, usize::MAX).await,
    };
    let regions = regions.expect("both agree");
    let spins = Duration::from_micros(drawn(sends.seed, 1 << 40) % 3 * 20);
    let Carrier::Frames(tx, rx) = link(regions, Control::new(socket), spins, &Limits::default()) else {
        panic!("a link of shared memory is one of frames");
    };
    let (sends_all, takes_all) = (send_all(tx.clone(), sends), take_all(rx, gets));
    let order = drawn(sends.seed, 1 << 41) % 3;
    let mut rx = if order == 0 {
        tokio::join!(sends_all, takes_all).1
    } else if order == 1 && !dials {
        // As who answers does: its peer has nothing to take while it waits for room.
        let rx = takes_all.await;
        sends_all.await;
        rx
    } else {
        // One hears the bells of the other, in another thread.
        let sends_all = tokio::spawn(sends_all);
        let rx = takes_all.await;
        sends_all.await.expect("it has sent all");
        rx
    };
    poll_fn(|cx| tx.poll_shutdown(cx)).await.expect("the socket is there");
    let mut none = Taken { frames: gets, number: gets.count() };
    let end = poll_fn(|cx| rx.poll_frames(cx, 1, &mut none)).await;
    assert!(matches!(end, Delivered::Closed(Closed::Ended)), "{end:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_of_any_length_cross_both_ways_whole_and_in_order_up_to_the_end() {
    let number = |name| env::var(name).ok().map(|value| value.parse::<u64>().expect("it is a number"));
    let mut seed = number("TEST_SEED").unwrap_or_else(|| RandomState::new().hash_one("rings"));
    let until = Instant::now() + Duration::from_secs(number("RING_SECONDS").unwrap_or(1));
    let mut frames = 0;
    while frames == 0 || Instant::now() < until {
        let (one, other) = UnixStream::pair().expect("sockets can be made");
        let [there, back] = [1, 2].map(|side| Frames::new(drawn(seed, side)));
        let ends = [tokio::spawn(run(one, true, there, back)), tokio::spawn(run(other, false, back, there))];
        for end in ends {
            let ended = timeout(STANDSTILL, end).await.unwrap_or_else(|_| panic!("TEST_SEED={seed}: a standstill"));
            ended.unwrap_or_else(|failed| panic!("TEST_SEED={seed}: {failed}"));
        }
        frames += there.count() + back.count();
        seed = drawn(seed, 0);
    }
}
