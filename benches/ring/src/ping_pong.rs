//! The plain floors: a thread at each end, one call in flight. Each copies a message in from memory of its own, in
//! fragments, while the other copies it out to its own, so that both copy at the same time, and nobody looks at memory
//! that the other can write.

use std::{error::Error, os::unix::net::UnixListener, process::exit, thread};

use rpc_load::{Command, Load, Method, Report, Serve, announce, ended};

use crate::{
    ring::{FRAGMENT, Head},
    session::{self, Session},
};

/// What an end does while there is nothing for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// It looks again.
    Spin,
    /// It sleeps until the commit word changes.
    Sleep,
}

/// How often an end that spins looks before it looks whether its peer is there.
const LOOKS: u32 = 1 << 20;
/// Ours begin with the length of the bytes.
pub(crate) const PREFIX: usize = 8;

/// Runs the command of this process.
///
/// # Errors
/// It cannot listen, nobody listens, or it is asked for what the floor cannot do.
pub fn program(wait: Wait) -> Result<(), Box<dyn Error + Send + Sync>> {
    match Command::of_process() {
        Command::Serve(command) => serve(command, wait),
        Command::Load(command) => load(&command, wait).map(|report| report.print(command.json)),
    }
}

fn serve(Serve { mut listen, run }: Serve, wait: Wait) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (Some(url), true) = (listen.pop(), listen.is_empty()) else {
        return Err("this floor listens at one place".into());
    };
    let listener = UnixListener::bind(session::path(&url)?)?;
    announce([url]);
    thread::spawn(move || {
        loop {
            let session = listener.accept().and_then(|(socket, _)| Session::over(socket)).unwrap_or_else(|error| {
                eprintln!("{error}");
                exit(1);
            });
            // A client that goes is no end of the server.
            let _ = answer(session, wait);
        }
    });
    // The runtime only waits to be told to end.
    Ok(run.build()?.block_on(ended())?)
}

fn answer(session: Session, wait: Wait) -> Result<(), String> {
    let mut end = End { session, wait };
    let mut request = Vec::new();
    loop {
        let call = end.receive(&mut request)?;
        end.send(call, &request)?;
    }
}

fn load(load: &Load, wait: Wait) -> Result<Report, Box<dyn Error + Send + Sync>> {
    if load.in_flight > 1 || load.connections > 1 || load.method != Method::Echo {
        return Err("one call can be in flight, on one connection, and it is an echo".into());
    }
    let mut end = End { session: Session::connect(&load.url)?, wait };
    let body = vec![7; PREFIX + load.size];
    let (mut response, mut call) = (Vec::new(), 0);
    let echo = || {
        call += 1;
        end.send(call, &body)?;
        let right = end.receive(&mut response)? == call && response.len() == body.len();
        if right { Ok(()) } else { Err("a wrong answer".to_owned()) }
    };
    Ok(rpc_load::run_blocking(load, echo))
}

/// One end of a connection.
struct End {
    session: Session,
    wait: Wait,
}

impl End {
    /// Sends a message in as many frames as it needs.
    fn send(&mut self, call: u64, body: &[u8]) -> Result<(), String> {
        let mut rest = body;
        loop {
            let (fragment, more) = rest.split_at(rest.len().min(FRAGMENT));
            rest = more;
            let head: Head = [call, u64::from(!rest.is_empty())];
            while !self.session.ring.send(head, fragment) {
                self.session.ring.wait_for_room(self.wait == Wait::Sleep);
            }
            if rest.is_empty() {
                return Ok(());
            }
        }
    }

    /// Receives a message, and gives its call.
    fn receive(&mut self, into: &mut Vec<u8>) -> Result<u64, String> {
        into.clear();
        loop {
            let mut looks = 0_u32;
            let [call, more] = loop {
                if let Some(head) = self.session.ring.receive(into) {
                    break head;
                }
                looks += 1;
                match self.wait {
                    Wait::Spin => std::hint::spin_loop(),
                    Wait::Sleep => self.session.ring.sleep(),
                }
                if (self.wait == Wait::Sleep && looks > 4 || looks > LOOKS) && self.session.is_over() {
                    return Err("the peer is gone".to_owned());
                }
            };
            if more == 0 {
                return Ok(call);
            }
        }
    }
}
