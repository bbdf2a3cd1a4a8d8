//! The server of the asynchronous floors: a task per connection reads what is there, answers all of it, and writes the
//! answers at once.

use std::{error::Error, future::poll_fn, io};

use bytes::BytesMut;
use rpc_load::{announce, ended};

use crate::{
    inbox::Inbox,
    message,
    socket::{Listener, Place, Reader, Registered, Writer},
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
    while poll_fn(|cx| inbox.poll_fill(cx, &mut reader)).await? {
        while let Some(request) = inbox.take() {
            if message::echoes(request) && request.len() >= DIRECT {
                writer.write_all(&out).await?;
                out.clear();
                writer.write_all(request).await?;
            } else {
                message::response(&mut out, request);
            }
        }
        writer.write_all(&out).await?;
        out.clear();
    }
    Ok(())
}

/// Requests as long as this are sent back from where they were read.
const DIRECT: usize = 16 << 10;
