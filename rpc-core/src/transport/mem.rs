//! `mem://name`: a link within this process. The reference transport: whole frames in two bounded queues, no socket,
//! the same protocol and the same encoded values as anywhere else.

use std::{
    collections::{HashMap, VecDeque},
    io,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::BytesMut;
use tokio::sync::mpsc;

use super::{BoxFuture, Listener, Transport};
use crate::{
    address::Address,
    body::Body,
    limits::Limits,
    link::{Carrier, Closed, Delivered, Flushed, FrameBody, FrameParts, FrameSink, LinkRx, LinkTx, SendError},
    peer::Peer,
    wire::{HEAD, Head},
};

/// The longest frame, in bytes. Longer messages are split, as on a ring, so that the rule is used every day.
const MAX_FRAME: usize = 256 << 10;
/// Carriers that were dialled and not yet accepted, per name; a dialler waits beyond it.
const BACKLOG: usize = 128;

/// The listeners of this process by name. Process-wide because a name is an address.
static LISTENERS: LazyLock<Mutex<HashMap<String, mpsc::Sender<Carrier>>>> = LazyLock::new(Mutex::default);

fn listeners() -> MutexGuard<'static, HashMap<String, mpsc::Sender<Carrier>>> {
    LISTENERS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug)]
pub(super) struct Mem;

impl Transport for Mem {
    fn scheme(&self) -> &'static str {
        "mem"
    }

    fn dial<'a>(&'a self, address: &'a Address, limits: &'a Limits) -> BoxFuture<'a, io::Result<Carrier>> {
        Box::pin(async move {
            let refused = || io::Error::new(io::ErrorKind::ConnectionRefused, format!("nobody listens at `{address}`"));
            let listener = listeners().get(address.rest()).cloned().ok_or_else(refused)?;
            let (ours, theirs) = pair(limits);
            listener.send(theirs).await.map_err(|_| refused())?;
            Ok(ours)
        })
    }

    fn listen<'a>(&'a self, address: &'a Address, _limits: &'a Limits) -> BoxFuture<'a, io::Result<Box<dyn Listener>>> {
        Box::pin(async move {
            let (sender, accepted) = mpsc::channel(BACKLOG);
            let mut listeners = listeners();
            if listeners.contains_key(address.rest()) {
                let why = format!("somebody listens at `{address}` already");
                return Err(io::Error::new(io::ErrorKind::AddrInUse, why));
            }
            listeners.insert(address.rest().to_owned(), sender);
            Ok(Box::new(Accepting { accepted, address: address.clone() }) as Box<dyn Listener>)
        })
    }
}

#[derive(Debug)]
struct Accepting {
    accepted: mpsc::Receiver<Carrier>,
    address: Address,
}

impl Listener for Accepting {
    fn address(&self) -> &Address {
        &self.address
    }

    fn accept(&mut self) -> BoxFuture<'_, io::Result<(Carrier, Peer)>> {
        Box::pin(async {
            let carrier = self.accepted.recv().await.ok_or(io::ErrorKind::NotConnected)?;
            Ok((carrier, Peer::new(self.address.as_str())))
        })
    }
}

impl Drop for Accepting {
    fn drop(&mut self) {
        listeners().remove(self.address.rest());
    }
}

/// Two ends of a new link.
pub(crate) fn pair(limits: &Limits) -> (Carrier, Carrier) {
    let (there, back) = (Arc::<Queue>::default(), Arc::<Queue>::default());
    (end(there.clone(), back.clone(), limits), end(back, there, limits))
}

fn end(send: Arc<Queue>, receive: Arc<Queue>, limits: &Limits) -> Carrier {
    let tx = MemTx { queue: Closing(send), send_buffer: limits.send_buffer, max_frame: limits.frame.min(MAX_FRAME) };
    Carrier::Frames(Arc::new(tx), Box::new(MemRx { queue: Closing(receive) }))
}

/// One direction of a link.
#[derive(Debug, Default)]
struct Queue(Mutex<Frames>);

#[derive(Debug, Default)]
struct Frames {
    frames: VecDeque<(Head, Body)>,
    bytes: usize,
    /// Grows with each frame that the peer takes.
    taken: u64,
    closed: bool,
    receiver: Option<Waker>,
    sender: Option<Waker>,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Frames> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        let mut frames = self.lock();
        frames.closed = true;
        let wakers = [frames.receiver.take(), frames.sender.take()];
        drop(frames);
        wakers.into_iter().flatten().for_each(Waker::wake);
    }
}

/// Closes its queue when either end goes.
#[derive(Debug)]
struct Closing(Arc<Queue>);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[derive(Debug)]
struct MemTx {
    queue: Closing,
    send_buffer: usize,
    max_frame: usize,
}

impl LinkTx for MemTx {
    fn max_frame(&self) -> usize {
        self.max_frame
    }

    fn try_send(&self, frame: FrameParts<'_>) -> Result<(), SendError> {
        let mut frames = self.queue.0.lock();
        if frames.closed {
            return Err(SendError::Closed);
        }
        if frames.bytes >= self.send_buffer {
            return Err(SendError::Full);
        }
        let body = match frame.tail {
            [] => Body::copy(frame.body),
            [piece] if frame.body.is_empty() => piece.clone().into(),
            pieces => {
                let mut whole = BytesMut::with_capacity(frame.message_len());
                whole.extend_from_slice(frame.body);
                pieces.iter().for_each(|piece| whole.extend_from_slice(piece));
                whole.freeze().into()
            }
        };
        frames.bytes += HEAD + body.len();
        frames.frames.push_back((frame.head, body));
        let receiver = frames.receiver.take();
        drop(frames);
        receiver.into_iter().for_each(Waker::wake);
        Ok(())
    }

    fn try_flush(&self) -> io::Result<Flushed> {
        Ok(Flushed::Done)
    }

    fn poll_flush(&self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_space(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut frames = self.queue.0.lock();
        if frames.closed || frames.bytes < self.send_buffer {
            return Poll::Ready(());
        }
        frames.sender = Some(cx.waker().clone());
        Poll::Pending
    }

    fn poll_shutdown(&self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.queue.0.close();
        Poll::Ready(Ok(()))
    }

    fn release(&self) {
        self.queue.0.lock().frames.shrink_to_fit();
    }

    fn buffered(&self) -> usize {
        self.queue.0.lock().bytes
    }

    fn has_room(&self) -> bool {
        self.queue.0.lock().bytes < self.send_buffer
    }

    fn unsent(&self) -> Option<u64> {
        let frames = self.queue.0.lock();
        (!frames.frames.is_empty()).then_some(frames.taken)
    }
}

#[derive(Debug)]
struct MemRx {
    queue: Closing,
}

impl LinkRx for MemRx {
    fn poll_frames(&mut self, cx: &mut Context<'_>, budget: usize, sink: &mut dyn FrameSink) -> Poll<Delivered> {
        let mut handed = 0;
        while handed < budget {
            let mut frames = self.queue.0.lock();
            let Some((head, body)) = frames.frames.pop_front() else {
                if handed > 0 {
                    break;
                }
                if frames.closed {
                    return Poll::Ready(Delivered::Closed(Closed::Ended));
                }
                frames.receiver = Some(cx.waker().clone());
                return Poll::Pending;
            };
            frames.bytes -= HEAD + body.len();
            frames.taken += 1;
            let sender = frames.sender.take();
            drop(frames);
            sender.into_iter().for_each(Waker::wake);
            handed += 1;
            if sink.frame(&head, FrameBody::owned(body)).is_break() {
                break;
            }
        }
        Poll::Ready(Delivered::Frames(handed))
    }

    fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut frames = self.queue.0.lock();
        frames.frames.clear();
        frames.bytes = 0;
        frames.receiver = Some(cx.waker().clone());
        if frames.closed { Poll::Ready(()) } else { Poll::Pending }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Kind;

    struct Taken;

    impl FrameSink for Taken {
        fn frame(&mut self, _head: &Head, _body: FrameBody<'_>) -> std::ops::ControlFlow<()> {
            std::ops::ControlFlow::Continue(())
        }
    }

    #[test]
    fn a_frame_is_buffered_until_the_peer_takes_it() {
        let (Carrier::Frames(tx, _rx), Carrier::Frames(_tx, mut rx)) = pair(&Limits::default()) else {
            panic!("there are no frames");
        };
        assert_eq!(tx.buffered(), 0);
        tx.try_send(FrameParts { head: Head::new(Kind::Request, 1), body: b"message", tail: &[] }).unwrap();
        assert_eq!(tx.buffered(), HEAD + 7);
        assert!(rx.poll_frames(&mut Context::from_waker(Waker::noop()), 1, &mut Taken).is_ready());
        assert_eq!(tx.buffered(), 0);
    }
}
