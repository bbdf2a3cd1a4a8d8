//! The client: a thread that makes one call after the other, or a task for each call in flight. Knows no server.

use std::rc::Rc;

use iceoryx2::{pending_response::PendingResponse, port::client::Client, prelude::*};
use peers_harness::Outcome;
use rpc_load::{Load, Method, Report};
use tokio::{
    sync::Notify,
    task::{LocalSet, yield_now},
};

use crate::{
    ACTIVE, Wait, calls,
    doorbell::{Bell, Listening, doorbell},
    node, words,
};

type Pending = PendingResponse<ipc::Service, [u8], (), [u8], ()>;

pub(crate) async fn load(load: Load, wait: Wait) -> Outcome<Report> {
    let most = ACTIVE as u32;
    if load.method != Method::Echo || load.connections > 1 || load.in_flight > most {
        return Err(format!("at most {most} echoes can be in flight, on one connection"));
    }
    let node = node()?;
    let (bell, ear) = doorbell(&node, &load.url, wait, ["requests", "responses"])?;
    let listening = ear.listen()?;
    let service = calls(&node, &load.url)?;
    let client = service.client_builder().initial_max_slice_len(load.size).create().map_err(words)?;
    let ends = Ends { client, bell };
    let body: Rc<[u8]> = vec![7; load.size].into();
    if load.in_flight == 1 {
        let mut into = Vec::new();
        return Ok(rpc_load::run_blocking(&load, || {
            let pending = ends.send(&body)?;
            while !take(&pending, &mut into)? {
                listening.wait()?;
            }
            right(&into, &body)
        }));
    }
    let (ends, heard) = (Rc::new(ends), (wait == Wait::Event).then(Rc::<Notify>::default));
    let callers = load.each([Caller { ends, body, into: Vec::new(), heard: heard.clone() }]);
    let all = rpc_load::run(&load, callers, |set, worker| drop(set.spawn_local(worker.run())));
    let set = LocalSet::new();
    let Some(heard) = heard else { return Ok(set.run_until(all).await) };
    set.run_until(async {
        tokio::select! {
            report = all => Ok(report),
            Err(error) = hear(&listening, &heard) => Err(error),
        }
    })
    .await
}

/// Sleeps for all: while it does, none of them has anything to do.
async fn hear(listening: &Listening<'_>, heard: &Notify) -> Outcome {
    loop {
        yield_now().await;
        listening.wait()?;
        heard.notify_waiters();
    }
}

struct Ends {
    client: Client<ipc::Service, [u8], (), [u8], ()>,
    bell: Bell,
}

impl Ends {
    fn send(&self, body: &[u8]) -> Outcome<Pending> {
        let request = self.client.loan_slice_uninit(body.len()).map_err(words)?;
        let pending = request.write_from_slice(body).send().map_err(words)?;
        self.bell.ring()?;
        Ok(pending)
    }
}

/// Whether the response is there; then it is copied.
fn take(pending: &Pending, into: &mut Vec<u8>) -> Outcome<bool> {
    let Some(response) = pending.receive().map_err(words)? else { return Ok(false) };
    into.clear();
    into.extend_from_slice(response.payload());
    Ok(true)
}

fn right(response: &[u8], body: &[u8]) -> Outcome {
    let same = response.len() == body.len() && response.first() == body.first() && response.last() == body.last();
    if same { Ok(()) } else { Err("a wrong answer".to_owned()) }
}

/// Calls of one task.
#[derive(Clone)]
struct Caller {
    ends: Rc<Ends>,
    body: Rc<[u8]>,
    into: Vec<u8>,
    /// Tells all that the bell has rung; nobody waits for it who looks all the time.
    heard: Option<Rc<Notify>>,
}

impl rpc_load::Caller for Caller {
    async fn call(&mut self) -> Outcome {
        let pending = self.ends.send(&self.body)?;
        while !take(&pending, &mut self.into)? {
            match &self.heard {
                Some(heard) => heard.notified().await,
                None => yield_now().await,
            }
        }
        right(&self.into, &self.body)
    }
}
