//! The client of the multiplexing floor: many calls, a task each, on one connection, and one task that reads for all.
//!
//! A caller alone writes its request itself. Where others call too, the reading task writes for all, and goes once to
//! the back of the run queue before, so that whoever is ready gets into the same write.

use std::{
    error::Error,
    future::{Future, poll_fn},
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::{Buf, Bytes, BytesMut};
use rpc_load::{Caller, Load, Method, Report};
use slab::Slab;

use crate::{
    inbox::Inbox,
    message,
    socket::{Place, Reader, Registered, Writer, connect},
};

/// A connection that many tasks share.
#[derive(Debug)]
struct Mux {
    state: Mutex<State>,
    writer: Writer,
}

#[derive(Debug, Default)]
struct State {
    calls: Slab<Call>,
    /// What is to be written.
    out: BytesMut,
    driver: Option<Waker>,
    closed: bool,
}

#[derive(Debug)]
enum Call {
    Waits(Waker),
    /// Whether the answer was right.
    Answered(bool),
}

/// Calls of one task.
#[derive(Clone, Debug)]
struct Calls {
    mux: Arc<Mux>,
    method: Method,
    body: Bytes,
}

/// Runs the load. In one turn at most `wakes` callers are woken.
///
/// # Errors
/// Nobody answers.
pub async fn load(load: &Load, wakes: usize, registered: Registered) -> Result<Report, Box<dyn Error + Send + Sync>> {
    let place = Place::parse(&load.url)?;
    let mut connections = Vec::new();
    for _ in 0..load.connections {
        let (reader, writer) = connect(&place, registered).await?;
        let mux = Arc::new(Mux { state: Mutex::default(), writer });
        let (method, body) = (load.method, message::body(load)?);
        let length = body.len();
        let inbox = Inbox::default();
        let woken = Vec::new();
        tokio::spawn(Driver { mux: mux.clone(), reader, inbox, method, length, wakes, woken, yielded: false });
        connections.push(Calls { mux, method, body });
    }
    let callers = load.each(connections);
    Ok(rpc_load::run(load, callers, |workers, worker| drop(workers.spawn(worker.run()))).await)
}

impl Mux {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Caller for Calls {
    async fn call(&mut self) -> Result<(), String> {
        let mut key = None;
        poll_fn(|cx| {
            let mut state = self.mux.state();
            let closed = state.closed;
            let Some(key) = key else {
                if closed {
                    return Poll::Ready(Err("the server has closed".to_owned()));
                }
                key = Some(state.begin(&self.mux.writer, self.method, &self.body, cx.waker()));
                return Poll::Pending;
            };
            match &mut state.calls[key] {
                Call::Waits(_) if closed => Poll::Ready(Err("the server has closed".to_owned())),
                Call::Waits(waker) => {
                    waker.clone_from(cx.waker());
                    Poll::Pending
                }
                Call::Answered(right) => {
                    let right = *right;
                    state.calls.remove(key);
                    Poll::Ready(if right { Ok(()) } else { Err("a wrong answer".to_owned()) })
                }
            }
        })
        .await
    }
}

impl State {
    fn begin(&mut self, writer: &Writer, method: Method, body: &[u8], waker: &Waker) -> usize {
        let key = self.calls.insert(Call::Waits(waker.clone()));
        let before = self.out.len();
        message::request(&mut self.out, key as u32, method, body);
        if before == 0 && self.calls.len() == 1 {
            let written = writer.try_write(&self.out).unwrap_or_default();
            self.out.advance(written);
        }
        if !self.out.is_empty()
            && let Some(driver) = self.driver.take()
        {
            driver.wake();
        }
        key
    }
}

/// Reads for all, and writes for all that are not alone.
#[derive(Debug)]
struct Driver {
    mux: Arc<Mux>,
    reader: Reader,
    inbox: Inbox,
    method: Method,
    /// Bytes of each request's body.
    length: usize,
    wakes: usize,
    woken: Vec<Waker>,
    /// It has been at the back of the run queue since there was something to write.
    yielded: bool,
}

impl Future for Driver {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        if matches!(this.read(cx), Ok(true)) && this.write(cx).is_ok() {
            return Poll::Pending;
        }
        let mut state = this.mux.state();
        state.closed = true;
        let wakers = state.calls.iter_mut().filter_map(|(_, call)| match call {
            Call::Waits(waker) => Some(waker.clone()),
            Call::Answered(_) => None,
        });
        let wakers: Vec<Waker> = wakers.collect();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
        Poll::Ready(())
    }
}

impl Driver {
    /// Reads and answers. `false`: the server has closed.
    fn read(&mut self, cx: &mut Context<'_>) -> io::Result<bool> {
        loop {
            let mut state = self.mux.state();
            while self.woken.len() < self.wakes
                && let Some(response) = self.inbox.take()
            {
                let right = match self.method {
                    Method::Add => message::answers(response, self.method, &[]),
                    _ => response.len() == message::HEAD + self.length,
                };
                if let Some(call) = state.calls.get_mut(message::call(response) as usize)
                    && let Call::Waits(waker) = std::mem::replace(call, Call::Answered(right))
                {
                    self.woken.push(waker);
                }
            }
            drop(state);
            let enough = self.woken.len() == self.wakes;
            self.woken.drain(..).for_each(Waker::wake);
            if enough {
                // The others have their turn first.
                cx.waker().wake_by_ref();
                return Ok(true);
            }
            match self.inbox.poll_fill(cx, &mut self.reader) {
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(closed) => return closed,
                Poll::Pending => return Ok(true),
            }
        }
    }

    /// Writes what callers have left to it, once all that are ready have.
    fn write(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let mut state = self.mux.state();
        state.driver = Some(cx.waker().clone());
        if state.out.is_empty() {
            self.yielded = false;
            return Ok(());
        }
        if !std::mem::replace(&mut self.yielded, true) {
            cx.waker().wake_by_ref();
            return Ok(());
        }
        while !state.out.is_empty() {
            match self.mux.writer.try_write(&state.out) {
                Ok(written) => state.out.advance(written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if self.mux.writer.poll_writable(cx)?.is_pending() {
                        return Ok(());
                    }
                }
                Err(error) => return Err(error),
            }
        }
        self.yielded = false;
        Ok(())
    }
}
