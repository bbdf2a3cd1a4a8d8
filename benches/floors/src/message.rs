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
/// The method that adds; any other echoes.
const ADD: u32 = 1;

/// The body of every request of a load.
///
/// # Errors
/// Floors have no other methods.
pub fn body(load: &Load) -> Result<Bytes, String> {
    match load.method {
        Method::Add => Ok(Bytes::from_static(&[1; 16])),
        // Ours begin with the length of the bytes.
        Method::Echo => Ok(vec![7; 8 + load.size].into()),
        method => Err(format!("a floor has no method {method}: it can add and echo")),
    }
}

/// Appends a request.
pub fn request(out: &mut BytesMut, call: u32, method: Method, body: &[u8]) {
    let word = if method == Method::Add { ADD } else { 0 };
    frame(out, call, word, body);
}

/// Appends the response to a whole request.
pub fn response(out: &mut BytesMut, request: &[u8]) {
    let body = &request[HEAD..];
    match word(request, METHOD) {
        ADD => {
            let sum = body[..8].iter().zip(&body[8..16]).map(|(a, b)| a + b);
            let mut value = [0; 8];
            value.iter_mut().zip(sum).for_each(|(to, from)| *to = from);
            frame(out, call(request), ADD, &value);
        }
        method => frame(out, call(request), method, body),
    }
}

/// Whether the response to a whole request is the request.
pub fn echoes(request: &[u8]) -> bool {
    word(request, METHOD) != ADD
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

fn frame(out: &mut BytesMut, call: u32, word: u32, body: &[u8]) {
    let length = HEAD - LENGTH + body.len();
    out.reserve(LENGTH + length);
    out.put_u32_le(length as u32);
    out.put_u32_le(0);
    out.put_u32_le(call);
    out.put_u32_le(word);
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
        assert!(answers(&answer, Method::Echo, &[7; 72]) && echoes(&sent));
    }
}
