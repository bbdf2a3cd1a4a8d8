//! The hello: any first bytes of a connection, and any part of them.

use rpc_core::wire::{Hello, PREAMBLE, Parsed, ProtocolError, parse_hello};

use crate::choices::Choices;

/// A hello is found in any bytes or refused, as early as its bytes tell and whatever follows; it holds no more than they
/// do, and what was read is written to a hello that reads the same.
///
/// # Panics
/// Where that does not hold.
pub fn hello(bytes: &[u8]) {
    let mut choices = Choices(bytes);
    let limit = choices.one_of([64 << 10, 0, 100, usize::MAX]);
    let first = choices.0;

    let outcome = parse_hello(first, limit);
    match &outcome {
        Ok(Parsed::Hello { hello, len, .. }) => {
            assert!((PREAMBLE..=first.len()).contains(len) && len - PREAMBLE <= limit);
            read(hello, *len);
        }
        Ok(Parsed::Partial { need }) => assert!(*need > first.len() && *need - PREAMBLE <= limit),
        Err(error) => {
            let text = error.to_string();
            assert!(text.len() < 200 && !text.contains(char::is_control), "{text:?}");
        }
    }
    // In whole it would take too long where there are many.
    for cut in (0..first.len()).rev().take(100).chain(0..first.len().min(100)) {
        part(&first[..cut], limit, &outcome);
    }
}

fn read(hello: &Hello, len: usize) {
    let services: usize = hello.services.iter().map(|service| 12 + service.name.len()).sum();
    assert!(services + hello.product.len() <= len && hello.services.len() <= 1_024);
    let texts = hello.services.iter().map(|service| &service.name).chain([&hello.product]);
    assert!(texts.into_iter().all(|text| text.len() <= 255 && !text.contains(char::is_control)));

    let written = hello.encode();
    let again = parse_hello(&written, usize::MAX);
    assert_eq!(again, Ok(Parsed::Hello { hello: hello.clone(), version: 1, len: written.len() }));
    assert!(hello.check().is_ok() || written.len() > 64 << 10);
}

/// What a part of the bytes says is not taken back when more arrive.
fn part(part: &[u8], limit: usize, whole: &Result<Parsed, ProtocolError>) {
    match parse_hello(part, limit) {
        Ok(Parsed::Partial { need }) => {
            assert!(need > part.len());
            if let Ok(Parsed::Hello { len: then, .. } | Parsed::Partial { need: then }) = whole {
                assert!(need <= *then);
            }
        }
        Err(ProtocolError::Stranger(_)) => assert!(matches!(whole, Err(ProtocolError::Stranger(_)))),
        settled => assert_eq!(settled, *whole),
    }
}
