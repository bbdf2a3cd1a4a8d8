//! Names a peer that speaks something else, from the first bytes it sent (protocol §2.4).
//!
//! | first bytes | protocol |
//! |---|---|
//! | `PRI * HTTP/2.0` | HTTP/2 client |
//! | 3-byte length, `04`, flags, `00 00 00 00` | HTTP/2 server: its settings |
//! | `GET `, `POST `, … or `HTTP/1.` | HTTP/1 |
//! | `16 03` / `15 03` | TLS: a client's hello / a server's alert |
//! | `80 01`, `82 x1`, length and one of both, length and `0F FF` | Thrift |
//! | `DA BB` | Dubbo |
//! | `F6 52 50 43` | this protocol over shared memory |
//!
//! Fewer bytes than these are named as well as they allow, for the name is only ever shown to a person.

use std::fmt;

/// Most bytes kept to be shown of a peer that has no name.
const SHOWN: usize = 8;

/// What a peer seems to be that does not speak this protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stranger {
    /// An HTTP/1 request.
    Http1Client,
    /// An HTTP/1 status line.
    Http1Server,
    /// The preface of an HTTP/2 client, gRPC's too.
    Http2Client,
    /// The settings that an HTTP/2 server sends first.
    Http2Server,
    /// A TLS ClientHello.
    TlsClient,
    /// A TLS alert: what a TLS server answers to bytes that are no TLS.
    TlsServer,
    /// Thrift, framed.
    ThriftFramed,
    /// Thrift's strict binary protocol, not framed.
    ThriftBinary,
    /// Thrift's compact protocol, not framed.
    ThriftCompact,
    /// Thrift's THeader.
    ThriftHeader,
    /// Dubbo's classic protocol.
    Dubbo,
    /// A Redis client or server.
    Redis,
    /// An SSH banner.
    Ssh,
    /// This protocol, over a way that converts line ends or clears the eighth bit.
    Converted,
    /// This protocol over shared memory, where it is spoken without: `shm://` where `unix://` is served.
    SharedMemory,
    /// Text of no known protocol; its first bytes.
    Text(Vec<u8>),
    /// Nothing known; its first bytes.
    Unknown(Vec<u8>),
}

impl Stranger {
    /// The most likely name for a peer whose first bytes are these. More bytes than 9 are not looked at.
    #[must_use]
    pub fn named(bytes: &[u8]) -> Self {
        binary(bytes).or_else(|| text(bytes)).unwrap_or_else(|| {
            let first = bytes[..bytes.len().min(SHOWN)].to_vec();
            let is_text = first.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
            if is_text { Self::Text(first) } else { Self::Unknown(first) }
        })
    }
}

/// Protocols that begin with a byte that is no text: that one byte is enough for some.
fn binary(bytes: &[u8]) -> Option<Stranger> {
    Some(match *bytes {
        [0x16] | [0x16, 0x03, ..] => Stranger::TlsClient,
        [0x15] | [0x15, 0x03, ..] => Stranger::TlsServer,
        [0x80] | [0x80, 0x01, ..] => Stranger::ThriftBinary,
        [0x82] | [0x82, 0x21 | 0x41 | 0x81, ..] => Stranger::ThriftCompact,
        [0xda] | [0xda, 0xbb, ..] => Stranger::Dubbo,
        // A frame of Thrift is shorter than 16 MiB, so that its big-endian length begins with 0; settings are short.
        [0x00, _, _, _, 0x80] | [0x00, _, _, _, 0x80, 0x01, ..] => Stranger::ThriftFramed,
        [0x00, _, _, _, 0x82] | [0x00, _, _, _, 0x82, 0x21 | 0x41 | 0x81, ..] => Stranger::ThriftFramed,
        [0x00, _, _, _, 0x0f] | [0x00, _, _, _, 0x0f, 0xff, ..] => Stranger::ThriftHeader,
        [0x00, 0x00, _, 0x04, ref rest @ ..] if rest.iter().take(5).all(|byte| *byte == 0) => Stranger::Http2Server,
        [0xf6] | [0xf6, b'R', b'P', b'C', ..] => Stranger::SharedMemory,
        [0xf2, b'R', b'P', b'C', 0x0d | 0x0a, ..] | [b'r', b'R', b'P', b'C', ..] => Stranger::Converted,
        _ => return None,
    })
}

/// Protocols that begin with text. One letter names none of them; two letters are enough to tell them apart.
fn text(bytes: &[u8]) -> Option<Stranger> {
    let alike = |sign: &[u8]| sign.iter().zip(bytes).all(|(sign, byte)| sign == byte);
    let (_, name) = SIGNS.iter().find(|(sign, _)| bytes.len() > 1 && alike(sign))?;
    Some(name.clone())
}

const SIGNS: [(&[u8], Stranger); 16] = [
    (b"PRI * HT", Stranger::Http2Client),
    (b"GET ", Stranger::Http1Client),
    (b"HEAD ", Stranger::Http1Client),
    (b"POST ", Stranger::Http1Client),
    (b"PUT ", Stranger::Http1Client),
    (b"PATCH ", Stranger::Http1Client),
    (b"DELETE ", Stranger::Http1Client),
    (b"OPTIONS ", Stranger::Http1Client),
    (b"CONNECT ", Stranger::Http1Client),
    (b"TRACE ", Stranger::Http1Client),
    (b"HTTP/1.", Stranger::Http1Server),
    (b"PING\r\n", Stranger::Redis),
    (b"+PONG", Stranger::Redis),
    (b"-ERR ", Stranger::Redis),
    (b"*", Stranger::Redis),
    (b"SSH-", Stranger::Ssh),
];

impl fmt::Display for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http1Client => "it looks like an HTTP/1 client",
            Self::Http1Server => "it looks like an HTTP/1 server",
            Self::Http2Client => "it looks like an HTTP/2 client",
            Self::Http2Server => "it looks like an HTTP/2 server",
            Self::TlsClient => "it looks like a TLS client",
            Self::TlsServer => "it looks like a TLS server",
            Self::ThriftFramed => "it looks like Thrift, framed",
            Self::ThriftBinary => "it looks like Thrift, binary and not framed",
            Self::ThriftCompact => "it looks like Thrift, compact and not framed",
            Self::ThriftHeader => "it looks like Thrift with THeader",
            Self::Dubbo => "it looks like Dubbo",
            Self::Redis => "it looks like Redis",
            Self::Ssh => "it looks like SSH",
            Self::Converted => "it would, but something on the way converts line ends or clears the eighth bit",
            Self::SharedMemory => "it asks for a link over shared memory: `shm://` is not what is spoken here",
            Self::Text(first) => {
                return write!(f, "it sends text that begins with \"{}\"", first.escape_ascii());
            }
            Self::Unknown(first) => {
                return write!(f, "its first bytes are \"{}\"", first.escape_ascii());
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{MAGIC, ProtocolError, parse_hello};

    /// First bytes as real programs send them.
    const KNOWN: [(&[u8], Stranger); 22] = [
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Stranger::Http2Client),
        (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64", Stranger::Http2Server),
        (b"GET / HTTP/1.1\r\nHost: a\r\n", Stranger::Http1Client),
        (b"POST /a/b HTTP/1.1\r\n", Stranger::Http1Client),
        (b"OPTIONS * HTTP/1.1\r\n", Stranger::Http1Client),
        (b"HTTP/1.1 400 Bad Request\r\n", Stranger::Http1Server),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", Stranger::TlsClient),
        (b"\x15\x03\x01\x00\x02\x02\x46", Stranger::TlsServer),
        (b"\x00\x00\x00\x2c\x80\x01\x00\x01", Stranger::ThriftFramed),
        (b"\x00\x00\x00\x2c\x82\x21\x01", Stranger::ThriftFramed),
        (b"\x00\x00\x00\x2c\x0f\xff\x00\x00", Stranger::ThriftHeader),
        (b"\x80\x01\x00\x01\x00\x00\x00\x04ping", Stranger::ThriftBinary),
        (b"\x82\x21\x01\x04ping", Stranger::ThriftCompact),
        (b"\xda\xbb\xc2\x00\x00\x00\x00\x00", Stranger::Dubbo),
        (b"*1\r\n$4\r\nPING\r\n", Stranger::Redis),
        (b"*3\r\n$3\r\nSET\r\n", Stranger::Redis),
        (b"PING\r\n", Stranger::Redis),
        (b"-ERR unknown command\r\n", Stranger::Redis),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Stranger::Ssh),
        (b"\xf2RPC\n\x1a\n\x01\x00", Stranger::Converted),
        (b"rRPC\r\n\x1a\n\x01\x00", Stranger::Converted),
        (b"\xf6RPCshm\n\x01\x00", Stranger::SharedMemory),
    ];

    #[test]
    fn known_protocols_are_named() {
        for (bytes, name) in KNOWN {
            assert_eq!(Stranger::named(bytes), name, "\"{}\"", bytes.escape_ascii());
        }
    }

    #[test]
    fn fewer_bytes_give_the_same_name_or_none_but_never_a_wrong_one() {
        for (bytes, name) in KNOWN {
            for cut in 1..bytes.len().min(9) {
                let early = Stranger::named(&bytes[..cut]);
                let vague = matches!(early, Stranger::Text(_) | Stranger::Unknown(_));
                assert!(early == name || vague, "{cut} bytes of {name:?} are named {early:?}");
            }
        }
    }

    #[test]
    fn a_stranger_that_sends_one_byte_and_waits_is_refused_at_once() {
        for (bytes, _) in KNOWN {
            let differs = bytes.iter().zip(MAGIC).position(|(theirs, ours)| *theirs != ours).unwrap();
            for arrived in 0..bytes.len() {
                let parsed = parse_hello(&bytes[..arrived], 100);
                let refused = matches!(parsed, Err(ProtocolError::Stranger(_)));
                assert_eq!(refused, arrived > differs, "{arrived} bytes of \"{}\"", bytes.escape_ascii());
            }
        }
    }

    #[test]
    fn one_letter_stays_text_and_two_are_named() {
        for text in ["G", "S", "P", "H", "220 mail", "hello"] {
            assert_eq!(Stranger::named(text.as_bytes()), Stranger::Text(text.into()));
        }
        for (text, name) in [("GE", Stranger::Http1Client), ("PR", Stranger::Http2Client), ("PI", Stranger::Redis)] {
            assert_eq!(Stranger::named(text.as_bytes()), name);
        }
        let mut twos = SIGNS.map(|(sign, _)| &sign[..sign.len().min(2)]);
        twos.sort_unstable();
        assert!(twos.windows(2).all(|twins| twins[0] != twins[1]), "two letters do not tell them apart");
    }

    #[test]
    fn bytes_that_only_begin_like_a_known_protocol_are_unknown() {
        for bytes in
            [&b"\x16\x04\x00"[..], b"\xda\x00", b"\x00\x00\x12\x04\x01\x02", b"\x00\x00\x00\x2c\x80\x02", b"\xf2RPD"]
        {
            assert_eq!(Stranger::named(bytes), Stranger::Unknown(bytes.to_vec()));
        }
    }

    #[test]
    fn of_an_unknown_peer_the_first_eight_bytes_are_shown_escaped() {
        let stranger = Stranger::named(b"\x01\x1b[2J\xff\n\"and more");
        assert_eq!(stranger.to_string(), r#"its first bytes are "\x01\x1b[2J\xff\n\"""#);
        assert_eq!(Stranger::named(b"EHLO example").to_string(), r#"it sends text that begins with "EHLO exa""#);
    }

    #[test]
    fn the_name_stands_in_the_error_that_people_see() {
        let error = parse_hello(b"PRI * HTTP/2.0", 100).unwrap_err();
        assert_eq!(error.to_string(), "the peer does not speak this protocol: it looks like an HTTP/2 client");
    }
}
