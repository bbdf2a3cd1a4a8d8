//! Messages as long as ours: a length, a head of 16 bytes, and a body. Only what a floor needs is in the head.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use rpc_load::{Load, Method};

/// Bytes of the length.
pub const LENGTH: usize = 4;
/// Bytes of the length and the head.
pub const HEAD: usize = LENGTH + 16;
/// Where the call's number is.
const CALL: usize = LENGTH + 4;
/// Where the method is.
const METHOD: usize = LENGTH + 8;

/// What a message is; it stands where ours have the method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bytes to send back. An item of a stream that the server relays is one too.
    Echo,
    /// Numbers to add.
    Add,
    /// Asks for items.
    Ticks,
    /// An item to take.
    Item,
    /// Ends the items, and asks how many bytes they had.
    End,
}

/// The body of every request of a load.
///
/// # Errors
/// Floors have no other methods.
pub fn body(load: &Load) -> Result<Bytes, String> {
    match load.method {
        Method::Add => Ok(Bytes::from_static(&[1; 16])),
        // Ours begin with the length of the bytes.
        Method::Echo => Ok(bytes(load.size)),
        method => Err(format!("a floor has no method {method}: it can add and echo")),
    }
}

/// The body of so many bytes, which is 8 longer.
pub fn bytes(size: usize) -> Bytes {
    vec![7; 8 + size].into()
}

/// Appends a request.
pub fn request(out: &mut BytesMut, call: u32, method: Method, body: &[u8]) {
    let kind = if method == Method::Add { Kind::Add } else { Kind::Echo };
    frame(out, call, kind, body);
}

/// Appends an item, of a stream to take or to send back.
pub fn item(out: &mut BytesMut, kind: Kind, body: &[u8]) {
    frame(out, 1, kind, body);
}

/// Appends what asks for so many items of so many bytes.
pub fn ticks(out: &mut BytesMut, items: u64, size: usize) {
    let mut body = items.to_le_bytes().to_vec();
    body.extend((size as u64).to_le_bytes());
    frame(out, 1, Kind::Ticks, &body);
}

/// For how many items of how many bytes this asks.
pub fn asked(mut ticks: &[u8]) -> (u64, usize) {
    ticks.advance(HEAD);
    (ticks.get_u64_le(), ticks.get_u64_le() as usize)
}

/// Appends the end of the items.
pub fn end(out: &mut BytesMut) {
    frame(out, 1, Kind::End, &[]);
}

/// Appends how many bytes the items had.
pub fn count(out: &mut BytesMut, bytes: u64) {
    frame(out, 1, Kind::End, &bytes.to_le_bytes());
}

/// How many bytes were counted.
pub fn counted(mut count: &[u8]) -> u64 {
    count.advance(HEAD);
    count.get_u64_le()
}

/// How many bytes are in an item.
pub fn size(item: &[u8]) -> usize {
    item.len() - HEAD - 8
}

/// Appends the response to a whole request.
pub fn response(out: &mut BytesMut, request: &[u8]) {
    let body = &request[HEAD..];
    match kind(request) {
        Kind::Add => {
            let sum = body[..8].iter().zip(&body[8..16]).map(|(a, b)| a + b);
            let mut value = [0; 8];
            value.iter_mut().zip(sum).for_each(|(to, from)| *to = from);
            frame(out, call(request), Kind::Add, &value);
        }
        kind => frame(out, call(request), kind, body),
    }
}

/// What a whole message is.
pub fn kind(message: &[u8]) -> Kind {
    match word(message, METHOD) {
        1 => Kind::Add,
        2 => Kind::Ticks,
        3 => Kind::Item,
        4 => Kind::End,
        _ => Kind::Echo,
    }
}

/// Whether what came back is the answer to a request with this body.
pub fn answers(response: &[u8], method: Method, body: &[u8]) -> bool {
    match method {
        Method::Add => response.len() == HEAD + 8 && response[HEAD] == 2,
        _ => response.len() == HEAD + body.len(),
    }
}

/// The call of a whole message.
pub fn call(message: &[u8]) -> u32 {
    word(message, CALL)
}

/// How long the message is that these bytes begin with, if that is known yet.
pub fn length(bytes: &[u8]) -> Option<usize> {
    let mut length = bytes.get(..LENGTH)?;
    Some(LENGTH + length.get_u32_le() as usize)
}

fn frame(out: &mut BytesMut, call: u32, kind: Kind, body: &[u8]) {
    let length = HEAD - LENGTH + body.len();
    out.reserve(LENGTH + length);
    out.put_u32_le(length as u32);
    out.put_u32_le(0);
    out.put_u32_le(call);
    out.put_u32_le(kind as u32);
    out.put_u32_le(0);
    out.put_slice(body);
}

fn word(message: &[u8], at: usize) -> u32 {
    let mut word = &message[at..at + 4];
    word.get_u32_le()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_as_long_as_ours_and_answers_are_told_from_others() {
        let (mut sent, mut answer) = (BytesMut::new(), BytesMut::new());
        request(&mut sent, 7, Method::Add, &[1; 16]);
        response(&mut answer, &sent);
        assert_eq!((sent.len(), answer.len(), call(&answer)), (36, 28, 7));
        assert!(answers(&answer, Method::Add, &[]) && !answers(&sent, Method::Add, &[]));

        sent.clear();
        answer.clear();
        request(&mut sent, 9, Method::Echo, &[7; 72]);
        response(&mut answer, &sent);
        assert_eq!((sent.len(), answer.len(), call(&answer)), (92, 92, 9));
        assert!(answers(&answer, Method::Echo, &[7; 72]) && kind(&sent) == Kind::Echo);
    }
    #[test]
    fn what_is_written_of_a_stream_is_read_again() {
        let mut out = BytesMut::new();
        for of in [Kind::Item, Kind::Echo] {
            item(&mut out, of, &bytes(1_024));
            assert_eq!((out.len(), kind(&out), size(&out)), (4 + 16 + 8 + 1_024, of, 1_024));
            out.clear();
        }
        ticks(&mut out, u64::MAX, 65_536);
        assert_eq!((kind(&out), asked(&out)), (Kind::Ticks, (u64::MAX, 65_536)));
        out.clear();
        end(&mut out);
        assert_eq!(kind(&out), Kind::End);
        out.clear();
        count(&mut out, 7);
        assert_eq!(counted(&out), 7);
    }
}
