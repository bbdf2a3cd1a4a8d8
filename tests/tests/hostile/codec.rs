//! C-1 to C-8: bytes that decode badly, sent to a server as arguments and to a client as a result. Binary is fixed in
//! width: it has no overlong numbers; and it writes no names, so that only JSON has fields to skip.

use rpc_core::{
    ChannelConfig, Code, CodecId, Delivery,
    wire::{Head, Hello, Kind},
};
use rpc_tests::{Desk, RawPeer, request_of, within};

use crate::{
    attack::{STREAMS, attack},
    own_process::{in_a_process_of_its_own, limit_memory},
    specimens::{Collection, SpecimensClient, SpecimensServer, call},
};

/// A value that is none: the method that gives and takes it, the codec, and its bytes.
type Bad = (&'static str, CodecId, Vec<u8>);

fn binary(method: &'static str, bytes: impl Into<Vec<u8>>) -> Bad {
    (method, CodecId::BINARY, bytes.into())
}

fn json(method: &'static str, text: impl Into<Vec<u8>>) -> Bad {
    (method, CodecId::JSON, text.into())
}

/// So many elements are said to follow, and these bytes do.
fn counted(count: u64, bytes: &[u8]) -> Vec<u8> {
    [&count.to_le_bytes()[..], bytes].concat()
}

/// C-1: more than there is.
fn long() -> Vec<Bad> {
    let mut bad = Vec::new();
    for count in [9, 1 << 32, 1 << 40, i64::MAX as u64, u64::MAX] {
        for method in ["text", "numbers", "map", "floats", "cubes"] {
            bad.push(binary(method, counted(count, &[0; 8])));
        }
    }
    bad
}

/// C-2: at each level as many as there are bytes, and elements that are larger than what stands for them.
fn nested_claims() -> Vec<Bad> {
    const LEN: u64 = 1 << 20;
    let claims = |levels: usize| [LEN.to_le_bytes().repeat(levels), vec![0; LEN as usize]].concat();
    let fewer = [LEN / 24, LEN / 24, LEN / 8].map(u64::to_le_bytes).concat();
    vec![
        binary("cubes", claims(1)),
        binary("cubes", claims(2)),
        binary("cubes", claims(3)),
        binary("cubes", [fewer, vec![0; 1 << 10]].concat()),
        // A byte or a word each, of which each takes a row.
        binary("rows", counted(LEN, &vec![0; LEN as usize])),
        json("rows", format!("[{}null]", "null,".repeat(200_000))),
    ]
}

/// C-3: elements without bytes.
fn empty_elements() -> Vec<Bad> {
    let mut bad: Vec<Bad> =
        [2_000, 1 << 32, 1 << 40, u64::MAX].map(|count| binary("units", counted(count, b""))).into();
    bad.push(binary("cubes", counted(1_000, &counted(1_000_000, b""))));
    bad.push(json("units", format!("[{}nul]", "null,".repeat(200_000))));
    bad
}

/// C-4: values in values.
fn deep() -> Vec<Bad> {
    let mut bad = Vec::new();
    for depth in [65, 1_000, 100_000, 1_000_000] {
        bad.push(binary("tree", [1, 0, 0, 0].repeat(depth)));
        bad.push(binary("tree", [[1, 0, 0, 0].repeat(depth), vec![0; 4]].concat()));
    }
    for depth in [65, 1_000, 100_000] {
        bad.push(json("tree", format!("{}\"Leaf\"{}", "{\"Node\":".repeat(depth), "}".repeat(depth))));
        bad.push(json("tree", "{\"Node\":".repeat(depth)));
        bad.push(json("cubes", "[".repeat(depth)));
    }
    bad
}

/// C-5: bytes that no value of the type has.
fn invalid() -> Vec<Bad> {
    vec![
        binary("truth", [2]),
        binary("truth", []),
        binary("tree", [2, 0, 0, 0]),
        binary("tree", u32::MAX.to_le_bytes()),
        binary("letter", [0xed, 0xa0, 0x80]), // a surrogate
        binary("letter", [0xc0, 0x80]),       // an overlong form
        binary("letter", [0xf4, 0x90, 0x80, 0x80]),
        binary("text", counted(1, b"\xff")),
        binary("text", counted(2, b"\xc0\x80")),
        binary("wide", [0; 15]),
        binary("wide", [0; 17]),
        json("truth", "2"),
        json("truth", "\"true\""),
        json("tree", "\"Bush\""),
        json("letter", "\"\\ud800\""),
        json("letter", "\"ab\""),
        json("text", b"\"\xff\"".to_vec()),
        json("text", "\"\\ud800\""),
        json("wide", "170141183460469231731687303715884105728"), // 2^127
        json("wide", "1e400"),
        json("numbers", "[-1]"),
        json("numbers", "[NaN]"),
        json("numbers", "[18446744073709551616]"),
        json("floats", "{\"NaN\":1.0}"),
        json("floats", "{\"1\":NaN}"),
    ]
}

/// A card with a field that nobody knows.
fn card(unknown: &str) -> Bad {
    json("card", format!("{{\"name\":\"a\",\"unknown\":{unknown}}}"))
}

/// So many brackets in each other.
fn brackets(open: &str, close: &str, depth: usize) -> String {
    format!("{}1{}", open.repeat(depth), close.repeat(depth))
}

/// C-7: fields that nobody knows, and that are no values.
fn unskippable() -> Vec<Bad> {
    vec![card(&"[".repeat(100_000)), card(&"{\"a\":".repeat(100_000)), card(&brackets("[", "}", 1_000)), card("nul")]
}

/// Calls a server with each as its arguments: each is refused by itself, and the connection goes on.
async fn assert_refused(bad: Vec<Bad>) {
    let collected = Desk::default();
    let desk = collected.clone();
    attack()
        .serving(move |server| server.add(SpecimensServer::new(Collection(desk.clone()))))
        .run(async |target| {
            let mut peer = target.peer().await;
            for (method, codec, value) in &bad {
                let args = match *codec {
                    CodecId::JSON => [&b"["[..], value, b"]"].concat(),
                    _ => value.clone(),
                };
                let head = Head { codec: codec.0, ..request_of("test.Specimens", 1, method) };
                peer.send(head, &args).await;
                let (head, text) = peer.response(1).await;
                let start = &value[..value.len().min(40)];
                assert_eq!(head.word, Code::InvalidArgument as u32, "{method} of {start:?}: {text:?}");
                assert!(text.starts_with(b"the arguments do not decode"), "{text:?}");
                assert!(text.len() < 400, "{} bytes are said of {start:?}", text.len());
            }
            peer.send(request_of("test.Specimens", 1, "truth"), &[1]).await;
            assert_eq!(peer.response(1).await.0.word, 0);
            assert_eq!(collected.ledger().len(), 1, "a method ran with arguments that are none");
            collected.clear();
        })
        .await;
}

/// As [`assert_refused`], by a process that has no more memory than this for it.
async fn assert_cheap(bad: Vec<Bad>, most: u64) {
    limit_memory(most);
    assert_refused(bad).await;
}

#[test]
fn c01_a_length_above_what_there_is_is_refused_and_costs_nothing() {
    in_a_process_of_its_own(
        c01_a_length_above_what_there_is_is_refused_and_costs_nothing,
        assert_cheap(long(), 32 << 20),
    );
}

#[test]
fn c02_claims_at_every_level_do_not_add_up() {
    // The messages are 1 MiB, and are not copied.
    in_a_process_of_its_own(c02_claims_at_every_level_do_not_add_up, assert_cheap(nested_claims(), 32 << 20));
}

#[test]
fn c03_elements_without_bytes_are_counted() {
    in_a_process_of_its_own(c03_elements_without_bytes_are_counted, assert_cheap(empty_elements(), 32 << 20));
}

#[tokio::test]
async fn c04_values_in_values_are_refused_before_the_stack_ends() {
    assert_refused(deep()).await;
}

#[tokio::test]
async fn c05_bytes_that_no_value_of_the_type_has_are_refused() {
    assert_refused(invalid()).await;
}

#[tokio::test]
async fn c06_keys_that_collide_or_stand_twice_are_taken_as_any_map_takes_them() {
    const KEYS: u64 = 50_000;
    let desk = Desk::default();
    attack()
        .serving(move |server| server.add(SpecimensServer::new(Collection(desk.clone()))))
        .run(async |target| {
            let mut peer = target.peer().await;
            // Equal in their low half, in which a hash without a key would find them.
            let entries = (0..KEYS).flat_map(|key| [(key << 32).to_le_bytes(), 1.5_f64.to_le_bytes()]);
            let map = counted(KEYS, &entries.flatten().collect::<Vec<u8>>());
            peer.send(request_of("test.Specimens", 1, "floats"), &map).await;
            let (head, body) = peer.response(1).await;
            assert_eq!((head.word, body.len()), (0, map.len()));
            // The last of a thousand equal ones is in it.
            let entry = |value: u32| [counted(1, b"a"), value.to_le_bytes().to_vec()].concat();
            let twice: Vec<u8> = (0..1_000).flat_map(entry).collect();
            peer.send(request_of("test.Specimens", 1, "map"), &counted(1_000, &twice)).await;
            assert_eq!(peer.response(1).await.1[..], counted(1, &entry(999)));
            let named = Head { codec: CodecId::JSON.0, ..request_of("test.Specimens", 1, "map") };
            peer.send(named, br#"[{"a":1,"a":2}]"#).await;
            assert_eq!(peer.response(1).await.1[..], br#"{"a":2}"#[..]);
        })
        .await;
}

#[tokio::test]
async fn c07_unknown_fields_are_skipped_without_a_stack_however_deep_they_are() {
    assert_refused(unskippable()).await;
    let desk = Desk::default();
    attack()
        .serving(move |server| server.add(SpecimensServer::new(Collection(desk.clone()))))
        .run(async |target| {
            let mut peer = target.peer().await;
            for depth in [1, 65, 1_000, 500_000] {
                for unknown in [brackets("[", "]", depth), brackets("{\"a\":", "}", depth)] {
                    let (method, codec, value) = card(&unknown);
                    let head = Head { codec: codec.0, ..request_of("test.Specimens", 1, method) };
                    peer.send(head, &[b"[", &value[..], b"]"].concat()).await;
                    assert_eq!(peer.response(1).await.1[..], br#"{"name":"a"}"#[..], "{depth} levels");
                }
            }
        })
        .await;
}

#[tokio::test]
async fn c08_a_result_that_is_none_fails_its_own_call_and_the_connection_goes_on() {
    let lists = [long(), nested_claims(), empty_elements(), deep(), invalid(), unskippable()];
    attack()
        .over(&STREAMS[..1])
        .run(async |_| {
            for codec in [CodecId::BINARY, CodecId::JSON] {
                let (mut server, client) = specimens(codec).await;
                let mut answer = async |method: &'static str, value: &[u8]| {
                    let client = client.clone();
                    let call = tokio::spawn(async move { call(&client, method).await });
                    let asked = within("the request", server.receive()).await.expect("a request").0;
                    server.send(Head { codec: codec.0, ..Head::new(Kind::Response, asked.call) }, value).await;
                    within("the call", call).await.expect("it does not panic")
                };
                for (method, _, value) in lists.iter().flatten().filter(|(_, of, _)| *of == codec) {
                    let status = answer(method, value).await.expect_err(method);
                    assert_eq!((status.code(), status.delivery()), (Code::Internal, Delivery::Failed), "{status}");
                    assert!(status.message().starts_with("the response does not decode"), "{status}");
                    assert!(status.message().len() < 400, "{status}");
                }
                let good = if codec == CodecId::JSON { &b"true"[..] } else { &[1] };
                answer("truth", good).await.expect("the connection goes on");
            }
        })
        .await;
}

/// A server that answers by hand, and a client of it.
async fn specimens(codec: CodecId) -> (RawPeer, SpecimensClient) {
    let (listener, url) = rpc_tests::listen().await;
    let connecting = tokio::spawn(async move { ChannelConfig::new().codec(codec).connect(&url).await });
    let hello = Hello { codecs: vec![codec.0], ..Hello::default() };
    let server = within("the hello", RawPeer::server(&listener, &hello)).await;
    let channel = within("the client", connecting).await.expect("it does not panic").expect("the hello will do");
    (server, SpecimensClient::new(channel))
}
