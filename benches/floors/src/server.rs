//! The server of the asynchronous floors: a task per connection reads what is there, answers all of it, and writes the
//! answers at once. A stream that it relays is to it what many calls in flight are.

use std::{error::Error, future::poll_fn, io, iter::repeat_n, mem::take};

use bytes::BytesMut;
use rpc_load::{announce, ended};

use crate::{
    inbox::Inbox,
    message::{self, Kind},
    socket::{Listener, Place, Reader, Registered, Writer},
    stream,
};

/// Serves until the process is told to end.
///
/// # Errors
/// It cannot listen.
pub async fn serve(urls: &[String], registered: Registered) -> Result<(), Box<dyn Error + Send + Sync>> {
    for url in urls {
        let place = Place::parse(url)?;
        let (listener, url) = Listener::bind(&place).await?;
        announce([url]);
        tokio::spawn(async move {
            while let Ok((reader, writer)) = listener.accept(registered).await {
                tokio::spawn(connection(reader, writer));
            }
        });
    }
    ended().await?;
    Ok(())
}

async fn connection(mut reader: Reader, writer: Writer) -> io::Result<()> {
    let mut inbox = Inbox::default();
    let mut out = BytesMut::new();
    let mut counted = 0;
    while poll_fn(|cx| inbox.poll_fill(cx, &mut reader)).await? {
        while let Some(request) = inbox.take() {
            match message::kind(request) {
                Kind::Echo if request.len() >= DIRECT => {
                    writer.write_all(&out).await?;
                    out.clear();
                    writer.write_all(request).await?;
                }
                Kind::Echo | Kind::Add => message::response(&mut out, request),
                Kind::Ticks => {
                    let (items, size) = message::asked(request);
                    let items = repeat_n((), usize::try_from(items).unwrap_or(usize::MAX));
                    stream::write(&writer, items, Kind::Item, &message::bytes(size)).await?;
                }
                Kind::Item => counted += message::size(request) as u64,
                Kind::End => message::count(&mut out, take(&mut counted)),
            }
        }
        writer.write_all(&out).await?;
        out.clear();
    }
    Ok(())
}

/// Requests as long as this are sent back from where they were read.
const DIRECT: usize = 16 << 10;
