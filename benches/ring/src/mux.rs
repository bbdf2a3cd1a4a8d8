//! The multiplexing floor: many calls through one ring, a task each, and one task at each end that looks for all. Whoever
//! has a request puts it into the ring itself, for there is nothing to be saved by doing so together.
//!
//! Who looks and finds nothing looks again for a little while, and then goes to the back of the run queue.

use std::{
    error::Error,
    future::{Future, poll_fn},
    mem::replace,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use rpc_load::{Caller, Command, Flavour, Load, Method, Report, Run, Serve, announce, ended};
use slab::Slab;
use tokio::{net::UnixListener, task::yield_now};

use crate::{
    ping_pong::PREFIX,
    ring::{CELLS, FITS},
    session::{self, Session},
};

/// How often who finds nothing looks before it lets others run: a microsecond or so.
const LOOKS: u32 = 64;
/// How often it lets others run before it looks whether its peer is there.
const TURNS: u32 = 1 << 14;
/// Calls that always find room: the peer may keep a quarter of the cells to itself that it has taken.
const IN_FLIGHT: u64 = CELLS / 2;
/// One thread, whatever the command line asks for: with several on one processor the one that looks would keep it from the
/// others.
const RUN: Run = Run { workers: None, runtime: Flavour::Current };
const GONE: &str = "the peer is gone";

/// Runs the command of this process.
///
/// # Errors
/// It cannot listen, nobody listens, or it is asked for what the floor cannot do.
pub fn program() -> Result<(), Box<dyn Error + Send + Sync>> {
    match Command::of_process() {
        Command::Serve(command) => RUN.build()?.block_on(serve(command)),
        Command::Load(command) => RUN.build()?.block_on(load(&command)).map(|report| report.print(command.json)),
    }
}

async fn serve(Serve { listen, .. }: Serve) -> Result<(), Box<dyn Error + Send + Sync>> {
    for url in listen {
        let listener = UnixListener::bind(session::path(&url)?)?;
        announce([url]);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                if let Ok(session) = socket.into_std().and_then(Session::over) {
                    tokio::spawn(answer(session));
                }
            }
        });
    }
    Ok(ended().await?)
}

async fn answer(Session { mut ring, socket }: Session) {
    let mut request = Vec::new();
    let (mut looks, mut turns) = (0, 0);
    loop {
        request.clear();
        if let Some(head) = ring.receive(&mut request) {
            if !ring.send(head, &request) {
                return; // More are in flight than there may be.
            }
            (looks, turns) = (0, 0);
        } else if looks < LOOKS {
            looks += 1;
            std::hint::spin_loop();
        } else {
            looks = 0;
            turns += 1;
            if turns % TURNS == 0 && session::is_over(&socket) {
                return;
            }
            yield_now().await;
        }
    }
}

async fn load(load: &Load) -> Result<Report, Box<dyn Error + Send + Sync>> {
    let length = PREFIX + load.size;
    if load.method != Method::Echo || length > FITS || u64::from(load.in_flight) > IN_FLIGHT {
        return Err(format!("at most {IN_FLIGHT} echoes can be in flight, of what fits into a cell").into());
    }
    let mut connections = Vec::new();
    for _ in 0..load.connections {
        let state = State { session: Session::connect(&load.url)?, calls: Slab::new(), closed: false };
        let mux = Mux(Arc::new(Mutex::new(state)));
        tokio::spawn(Driver { mux: mux.clone(), length, response: Vec::new(), woken: Vec::new(), turns: 0 });
        connections.push(Calls { mux, body: vec![7; length].into() });
    }
    let callers = load.each(connections);
    Ok(rpc_load::run(load, callers, |workers, worker| drop(workers.spawn(worker.run()))).await)
}

/// A connection that many tasks share.
#[derive(Clone)]
struct Mux(Arc<Mutex<State>>);

struct State {
    session: Session,
    calls: Slab<Call>,
    closed: bool,
}

enum Call {
    Waits(Waker),
    /// Whether the answer was right.
    Answered(bool),
}

/// Calls of one task.
#[derive(Clone)]
struct Calls {
    mux: Mux,
    body: Arc<[u8]>,
}

impl Mux {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Caller for Calls {
    async fn call(&mut self) -> Result<(), String> {
        let mut key = None;
        poll_fn(|cx| {
            let mut state = self.mux.state();
            let State { session, calls, closed } = &mut *state;
            let Some(key) = key else {
                let entry = calls.insert(Call::Waits(cx.waker().clone()));
                key = Some(entry);
                let sent = !*closed && session.ring.send([entry as u64, 0], &self.body);
                return if sent { Poll::Pending } else { Poll::Ready(Err(GONE.to_owned())) };
            };
            match &mut calls[key] {
                Call::Waits(_) if *closed => Poll::Ready(Err(GONE.to_owned())),
                Call::Waits(waker) => {
                    waker.clone_from(cx.waker());
                    Poll::Pending
                }
                Call::Answered(right) => {
                    let right = *right;
                    calls.remove(key);
                    Poll::Ready(if right { Ok(()) } else { Err("a wrong answer".to_owned()) })
                }
            }
        })
        .await
    }
}

/// Looks for the answers of all.
struct Driver {
    mux: Mux,
    length: usize,
    response: Vec<u8>,
    woken: Vec<Waker>,
    turns: u32,
}

impl Future for Driver {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { mux, length, response, woken, turns } = self.get_mut();
        let mut state = mux.state();
        let State { session, calls, closed } = &mut *state;
        let mut looks = 0;
        loop {
            response.clear();
            if let Some([call, _]) = session.ring.receive(response) {
                let right = response.len() == *length;
                if let Some(call) = calls.get_mut(call as usize)
                    && let Call::Waits(waker) = replace(call, Call::Answered(right))
                {
                    woken.push(waker);
                }
            } else if !woken.is_empty() || looks == LOOKS {
                break;
            } else {
                looks += 1;
                std::hint::spin_loop();
            }
        }
        *turns = turns.wrapping_add(1);
        if turns.is_multiple_of(TURNS) && session.is_over() {
            *closed = true;
            woken.extend(calls.iter().filter_map(|(_, call)| match call {
                Call::Waits(waker) => Some(waker.clone()),
                Call::Answered(_) => None,
            }));
        }
        let over = *closed;
        drop(state);
        woken.drain(..).for_each(Waker::wake);
        if over {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
