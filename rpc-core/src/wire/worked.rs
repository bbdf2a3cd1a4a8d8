//! Keeps `docs/protocol.md` true: its worked bytes are read out of the document and compared with the code.
//!
//! A block to be checked is fenced and tagged `bytes NAME`; each line is hexadecimal up to `|`, then a remark.

use bytes::BytesMut;

use super::{block::split, hello::InitialCredits, *};
use crate::{Limits, Metadata, fnv1a32, method_id};

const DOCUMENT: &str = include_str!("../../../docs/protocol.md");

/// The worked bytes of a name.
fn worked(name: &str) -> Vec<u8> {
    let (_, rest) = DOCUMENT.split_once(&format!("\n```bytes {name}\n")).expect("the document has such a block");
    let (block, _) = rest.split_once("\n```").expect("the block ends");
    let hexadecimal = block.lines().flat_map(|line| line.split('|').next().unwrap_or("").split_whitespace());
    hexadecimal.map(|byte| u8::from_str_radix(byte, 16).expect("two hexadecimal digits")).collect()
}

/// Text as codec 1 writes it.
fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat()
}

fn method(name: &str) -> u32 {
    method_id(fnv1a32("market.Quotes"), fnv1a32(name))
}

fn block(block: &Block) -> BytesMut {
    let mut out = BytesMut::new();
    block.encode(&mut out);
    out
}

fn quote() -> Head {
    Head { codec: 1, extra: 5_000_000, ..Head::new(Kind::Request, 1).word(method("quote")) }
}

fn quote_block() -> Block {
    let mut metadata = Metadata::default();
    metadata.insert("tenant", "eu").expect("a good pair");
    Block { metadata: Some(metadata), time_left: Some(7_200_000_000), ..Block::default() }
}

/// Head and message of every worked frame that is whole.
fn frames() -> [(&'static str, Head, Vec<u8>); 17] {
    let coded = |kind, call| Head { codec: 1, ..Head::new(kind, call) };
    let long = Head { call: 3, priority: 3, extra: u32::MAX, ..quote() }.flags(Flags::BLOCK);
    let ping = Head { extra: 42, ..Head::new(Kind::Ping, 0).word(0xdead_beef) };
    let busy = Block { retry_after: Some(250), ..Block::default() };
    let price = [text("AAPL"), 1.5_f64.to_le_bytes().to_vec()].concat();
    let unknown = [&0_u32.to_le_bytes()[..], &text("NOPE")].concat();
    let fault = ProtocolError::UnknownKind(12);
    [
        ("request", quote(), text("AAPL")),
        ("request-block", long, [&block(&quote_block())[..], &text("NOPE")].concat()),
        ("request-oneway", coded(Kind::Request, 0).word(method("log")), text("hi")),
        ("response", coded(Kind::Response, 1), price),
        (
            "response-refused",
            Head::new(Kind::Response, 1).word(14).flags(Flags::BLOCK.with(Flags::NOT_RUN)),
            [&block(&busy)[..], b"busy"].concat(),
        ),
        ("response-app-error", coded(Kind::Response, 3).word(2).flags(Flags::APP_ERROR), unknown),
        ("begin", Head::new(Kind::Begin, 5), vec![]),
        ("item", coded(Kind::Item, 5), vec![7, 0, 0, 0]),
        ("item-last", coded(Kind::Item, 5).flags(Flags::END), vec![8, 0, 0, 0]),
        ("end", Head::new(Kind::End, 5), vec![]),
        ("credit-stream", Head { extra: 8, ..Head::new(Kind::Credit, 5).word(4_096) }, vec![]),
        ("credit-connection", Head::new(Kind::Credit, 0).word(65_536), vec![]),
        ("cancel", Head::new(Kind::Cancel, 1), vec![]),
        ("ping", ping, vec![]),
        ("pong", Head { kind: Kind::Pong, ..ping }, vec![]),
        ("goaway", Head::new(Kind::Goaway, 0), b"restarting".to_vec()),
        ("error", Head::new(Kind::Error, 0).word(fault.code()), fault.to_string().into_bytes()),
    ]
}

/// The frames at the start of some bytes, all of them.
fn found(mut bytes: &[u8]) -> Vec<(Option<Head>, &[u8])> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let Ok(Found::Frame { head, body }) = next(bytes, 100) else { panic!("not a whole frame: {bytes:x?}") };
        frames.push((head, &bytes[body.clone()]));
        bytes = &bytes[body.end..];
    }
    frames
}

#[test]
fn the_worked_frames_are_what_the_code_writes_and_reads() {
    for (name, head, message) in frames() {
        let worked = worked(name);
        let length = (HEAD + message.len()) as u32;
        let written = [&length.to_le_bytes()[..], &head.encode(), &message].concat();
        assert_eq!(written, worked, "{name}");
        assert_eq!(found(&worked), [(Some(head), &message[..])], "{name}");
    }
}

#[test]
fn the_worked_block_is_read_and_its_deadline_is_two_hours() {
    let worked = worked("request-block");
    let [(Some(head), message)] = found(&worked)[..] else { panic!("one frame") };
    let (block, body) = split(message, &Limits::default()).expect("well-formed");
    assert_eq!((&block, body), (&quote_block(), &text("NOPE")[..]));
    let two_hours = std::time::Duration::from_secs(7_200);
    assert_eq!(time_left(head.extra, &block), Some(two_hours));
    assert_eq!(encode_time_left(two_hours), (head.extra, block.time_left));
}

#[test]
fn the_worked_fragments_are_the_worked_request() {
    let body = text("AAPL");
    let fragments = worked("fragments");
    let expected = [(Some(quote().flags(Flags::MORE)), &body[..8]), (Some(quote()), &body[8..])];
    assert_eq!(found(&fragments), expected);
}

#[test]
fn the_worked_frame_to_skip_is_skipped() {
    assert_eq!(found(&worked("skipped")), [(None, &b"hi"[..])]);
}

#[test]
fn the_worked_preamble_means_the_defaults_and_the_worked_defaults_are_those_of_the_code() {
    let worked = worked("preamble");
    let hello = Hello::default();
    assert_eq!(parse_hello(&worked, 0), Ok(Parsed::Hello { hello: hello.clone(), version: 1, len: PREAMBLE }));
    let InitialCredits { stream_bytes, stream_items, connection_bytes } = hello.credits;
    let thousands = |number: u32| match number {
        0..1_000 => number.to_string(),
        1_000..1_000_000 => format!("{},{:03}", number / 1_000, number % 1_000),
        _ => format!("{},{:03},{:03}", number / 1_000_000, number / 1_000 % 1_000, number % 1_000),
    };
    let [max_message, calls, stream_bytes, stream_items, connection_bytes] =
        [hello.max_message, hello.calls_in_flight, stream_bytes, stream_items, connection_bytes].map(thousands);
    for row in [
        format!("| 1 | u32 | {max_message} |"),
        format!("| 2 | u32 | {calls} |"),
        format!("| 5 | 3 × u32 | {stream_bytes} · {stream_items} · {connection_bytes} |"),
    ] {
        assert!(DOCUMENT.contains(&row), "no row begins with {row}");
    }
}

#[test]
fn the_worked_hello_of_a_dialling_side_is_read_and_written_but_for_the_unknown_entry() {
    let worked = worked("hello-dialling");
    let hello = Hello { calls_in_flight: 0, codecs: vec![1, 6], product: "quotes-cli/1.0".into(), ..Hello::default() };
    let len = worked.len();
    assert_eq!(parse_hello(&worked, 100), Ok(Parsed::Hello { hello: hello.clone(), version: 1, len }));
    assert_eq!(hello.encode()[PREAMBLE..], worked[PREAMBLE..len - 5]);
}

#[test]
fn the_worked_hello_of_an_accepting_side_is_read_and_written() {
    let worked = worked("hello-accepting");
    let name = "market.Quotes".to_owned();
    let hello = Hello {
        max_message: 64 << 10,
        features: Features::REVERSE_CALLS,
        credits: InitialCredits::NONE,
        services: vec![HelloService { hash: fnv1a32(&name), fingerprint: 0, name }],
        ..Hello::default()
    };
    assert_eq!(hello.encode(), worked);
    assert_eq!(parse_hello(&worked, 100), Ok(Parsed::Hello { hello, version: 1, len: worked.len() }));
}

#[test]
fn the_worked_hello_of_a_message_link_is_the_worked_preamble_in_two_frames() {
    let (frames, preamble) = (worked("hello-frames"), worked("preamble"));
    let head = Head::new(Kind::Hello, 0);
    let (first, last) = frames.split_at(HEAD + 12);
    assert_eq!(first, [&head.flags(Flags::MORE).encode()[..], &preamble[..12]].concat());
    assert_eq!(last, [&head.encode()[..], &preamble[12..]].concat());
}

#[test]
fn the_worked_method_ids_are_those_of_the_code() {
    for name in ["quote", "log"] {
        let hash = format!("{:#010X}", fnv1a32(name)).replace("0X", "0x");
        let id = format!("{:#010X}", method(name)).replace("0X", "0x");
        let row = format!("| `{name}` | `{hash}` | `market.Quotes/{name}` = `{id}` |");
        assert!(DOCUMENT.contains(&row), "no such row: {row}");
    }
}

#[test]
fn every_worked_block_is_compared_with_the_code() {
    let others =
        ["preamble", "hello-frames", "hello-dialling", "hello-accepting", "skipped", "fragments"].map(String::from);
    let mut checked: Vec<String> = frames().map(|(name, ..)| name.to_owned()).into_iter().chain(others).collect();
    let mut names: Vec<_> = DOCUMENT.lines().filter_map(|line| line.strip_prefix("```bytes ")).collect();
    checked.sort_unstable();
    names.sort_unstable();
    assert_eq!(checked, names);
}

#[test]
fn every_section_that_the_document_names_is_there() {
    let numbers = |line: &'static str| line.trim_start_matches('#').split_whitespace().next();
    let headings: Vec<_> = DOCUMENT.lines().filter(|line| line.starts_with('#')).filter_map(numbers).collect();
    for rest in DOCUMENT.split('§').skip(1) {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let section = rest[..end].trim_end_matches('.');
        assert!(headings.contains(&section), "there is no section {section}");
    }
}

#[test]
fn every_limit_is_in_the_table_of_limits() {
    let source = include_str!("../limits.rs");
    let (_, fields) = source.split_once("pub struct Limits {").expect("the struct");
    let (fields, _) = fields.split_once("\n}").expect("its end");
    let (_, table) = DOCUMENT.split_once("\n## 9 Limits\n").expect("the section");
    let (table, _) = table.split_once("\n## ").expect("its end");
    for field in fields.lines().filter_map(|line| line.strip_prefix("    pub ")?.split(':').next()) {
        assert!(table.contains(&format!("`{field}`")), "the limit `{field}` is not in §9 of docs/protocol.md");
    }
}
