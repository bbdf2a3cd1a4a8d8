//! `cells://name`: a user's own transport of whole frames, as a ring or a queue would be one: few small cells, and what
//! was sent moves on only when it is flushed.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use rpc_core::{
    Address, Limits,
    link::{Carrier, Closed, Delivered, Flushed, FrameBody, FrameParts, FrameSink, LinkRx, LinkTx, SendError},
    transport::{BoxFuture, Listener, Transport},
    wire::{HEAD, Head},
};

use crate::lines::{Line, Lines};

/// Bytes of a cell, and so of a frame.
const CELL: usize = 200;
/// Frames that are under way at most.
const CELLS: usize = 4;
/// Frames that wait for a cell at most, before senders wait.
const WAITING: usize = 3;

static LINES: Lines = Lines::new();

/// The transport of `cells://name`.
#[derive(Clone, Copy, Debug)]
pub struct Cells;

impl Transport for Cells {
    fn scheme(&self) -> &'static str {
        "cells"
    }

    fn dial<'a>(&'a self, address: &'a Address, _limits: &'a Limits) -> BoxFuture<'a, io::Result<Carrier>> {
        Box::pin(async move {
            let (there, back) = (Arc::<Way>::default(), Arc::<Way>::default());
            LINES.dial(address.rest(), carrier(&back, &there))?;
            Ok(carrier(&there, &back))
        })
    }

    fn listen<'a>(&'a self, address: &'a Address, _limits: &'a Limits) -> BoxFuture<'a, io::Result<Box<dyn Listener>>> {
        Box::pin(async move { Ok(Box::new(LINES.listen(address)?) as Box<Line> as Box<dyn Listener>) })
    }
}

fn carrier(send: &Arc<Way>, receive: &Arc<Way>) -> Carrier {
    Carrier::Frames(Arc::new(Sending(Ending(send.clone()))), Box::new(Receiving(Ending(receive.clone()))))
}

type Frame = (Head, Vec<u8>);

/// One direction.
#[derive(Debug, Default)]
struct Way(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Frame>,
    cells: VecDeque<Frame>,
    ended: bool,
    sender: Option<Waker>,
    flusher: Option<Waker>,
    receiver: Option<Waker>,
}

impl Way {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Moves what waits into free cells. Whether all of it found one.
    fn flush(&mut self) -> bool {
        while self.cells.len() < CELLS {
            let Some(frame) = self.waiting.pop_front() else { break };
            self.cells.push_back(frame);
            [&mut self.receiver, &mut self.sender].into_iter().filter_map(Option::take).for_each(Waker::wake);
        }
        self.waiting.is_empty()
    }
}

/// Ends a direction when either end of it goes.
#[derive(Debug)]
struct Ending(Arc<Way>);

impl Ending {
    fn end(&self) {
        let mut state = self.0.state();
        state.ended = true;
        let State { sender, flusher, receiver, .. } = &mut *state;
        [sender, flusher, receiver].into_iter().filter_map(Option::take).for_each(Waker::wake);
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.end();
    }
}

#[derive(Debug)]
struct Sending(Ending);

impl LinkTx for Sending {
    fn max_frame(&self) -> usize {
        CELL
    }

    fn try_send(&self, frame: FrameParts<'_>) -> Result<(), SendError> {
        let mut state = self.0.0.state();
        assert!(frame.message_len() + HEAD <= CELL, "a frame of {} bytes is too long", frame.message_len() + HEAD);
        if state.ended {
            return Err(SendError::Closed);
        }
        if state.waiting.len() >= WAITING {
            return Err(SendError::Full);
        }
        let mut message = frame.body.to_vec();
        frame.tail.iter().for_each(|piece| message.extend_from_slice(piece));
        state.waiting.push_back((frame.head, message));
        Ok(())
    }

    fn try_flush(&self) -> io::Result<Flushed> {
        Ok(if self.0.0.state().flush() { Flushed::Done } else { Flushed::Left })
    }

    fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.0.0.state();
        if state.ended {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if state.flush() {
            return Poll::Ready(Ok(()));
        }
        state.flusher = Some(cx.waker().clone());
        Poll::Pending
    }

    fn poll_space(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.0.state();
        if state.ended || state.waiting.len() < WAITING {
            return Poll::Ready(());
        }
        state.sender = Some(cx.waker().clone());
        Poll::Pending
    }

    fn poll_shutdown(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.poll_flush(cx);
        if flushed.is_ready() {
            self.0.end();
        }
        flushed
    }
}

#[derive(Debug)]
struct Receiving(Ending);

impl LinkRx for Receiving {
    fn poll_frames(&mut self, cx: &mut Context<'_>, budget: usize, sink: &mut dyn FrameSink) -> Poll<Delivered> {
        for handed in 0..budget {
            let mut state = self.0.0.state();
            let Some((head, message)) = state.cells.pop_front() else {
                if handed > 0 {
                    return Poll::Ready(Delivered::Frames(handed));
                }
                if state.ended {
                    return Poll::Ready(Delivered::Closed(Closed::Ended));
                }
                state.receiver = Some(cx.waker().clone());
                return Poll::Pending;
            };
            state.flusher.take().into_iter().for_each(Waker::wake);
            drop(state);
            if sink.frame(&head, FrameBody::from(bytes::Bytes::from(message))).is_break() {
                return Poll::Ready(Delivered::Frames(handed + 1));
            }
        }
        Poll::Ready(Delivered::Frames(budget))
    }

    fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.0.state();
        state.cells.clear();
        state.flusher.take().into_iter().for_each(Waker::wake);
        state.receiver = Some(cx.waker().clone());
        if state.ended { Poll::Ready(()) } else { Poll::Pending }
    }
}
