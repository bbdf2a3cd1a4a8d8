//! Writes the first inputs of the targets into `fuzz/corpus`: recorded conversations, the bytes that are worked out in
//! docs/protocol.md, and a few values and attacks for the codecs. What is there stays; of a name, the new bytes take the
//! place of the old.
//!
//! ```sh
//! cargo run -p rpc-fuzz-targets --example seeds
//! ```

use std::{fs, io, path::Path};

use rpc_core::wire::{HEAD, Head, Hello, Kind, Parsed, parse_hello};
use rpc_fuzz_targets::{conversations, framed};

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let corpus = root.join("fuzz/corpus");
    let write = |target: &str, name: &str, parts: &[&[u8]]| {
        let folder = corpus.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("seed-{name}")), parts.concat())
    };
    for (name, bytes) in worked(&fs::read_to_string(root.join("docs/protocol.md"))?) {
        if name.starts_with("hello") || name == "preamble" {
            write("hello", &name, &[&[0], &bytes])?;
        } else {
            write("frame", &name, &[&[0, 3, 20, 1, 0], &bytes])?;
        }
    }
    for conversation in conversations() {
        let (name, there, back) = (conversation.name, &conversation.there, &conversation.back);
        let (requests, responses) = (&there[hello(there)..], &back[hello(back)..]);
        write("frame", name, &[&[0, 100, 1, 30, 0], requests])?;
        write("hello", name, &[&[0], &there[..hello(there)]])?;
        write("hello", &format!("{name}-server"), &[&[0], &back[..hello(back)]])?;
        write("hostile_caller", name, &[&[5], requests])?;
        write("hostile_callee", name, &[responses])?;
        // In one piece, with a hello of its own; and in many, through a narrow link, among tight limits.
        for (target, whole, frames, codec) in [("server", there, requests, 0), ("client", back, responses, 64)] {
            let codec = if name == "json" { codec } else { 0 };
            write(target, name, &[&[1 | codec, 0, 0], whole])?;
            write(target, &format!("{name}-cut"), &[&[0b10_0110 | codec, 7, 50], frames])?;
            write(target, &format!("{name}-deaf"), &[&[0b1000 | codec, 0, 0], frames])?;
            write(target, &format!("{name}-gone"), &[&[0b11_0000 | codec, 0, 0], frames])?;
            write(target, &format!("{name}-frames"), &[&[0b1000_0000 | codec, 0, 0], frames])?;
            let all = [framed(&whole[..hello(whole)]), frames.to_vec()].concat();
            write(target, &format!("{name}-frames-hello"), &[&[0b1000_0001 | codec, 0, 0], &all])?;
        }
    }
    let pings: Vec<u8> = (6..10).flat_map(|word| frame(Head::new(Kind::Ping, 0).word(word))).collect();
    let goaway = [&frame(Head::new(Kind::Goaway, 0))[..], &pings].concat();
    for target in ["server", "client"] {
        write(target, "pings", &[&[0, 0, 0], &pings])?;
        write(target, "pings-cut", &[&[0b110, 30, 7], &pings])?;
        write(target, "goaway", &[&[0, 0, 0], &goaway])?;
    }
    let escape = Hello { product: "\u{1b}[2J".into(), ..Hello::default() };
    write("hello", "control-characters", &[&[0], &escape.encode()])?;
    write("frame", "declared-length", &[&[4, 20, 20, 20, 20], &u32::MAX.to_le_bytes(), &[1; 100]])?;
    for entry in fs::read_dir(root.join("rpc-codegen/tests/corpus/thrift"))? {
        let path = entry?.path();
        if path.is_file() {
            let name = path.file_stem().and_then(|name| name.to_str()).expect("a name");
            write("thrift", name, &[&fs::read(&path)?])?;
        }
    }
    for seed in 0..20u8 {
        let bytes: Vec<u8> = (0..200u8).map(|at| at.wrapping_mul(at).wrapping_add(seed).wrapping_mul(37)).collect();
        write("idl", &format!("{seed}"), &[&[seed], &bytes])?;
    }
    for (name, head, bytes) in binary() {
        write("decode_binary", name, &[&head, &bytes])?;
    }
    for (name, head, text) in json() {
        write("decode_json", name, &[&head, text.as_bytes()])?;
    }
    Ok(())
}

/// A name, the type and the limits by their numbers in the target, and a message.
type Seed<T> = (&'static str, [u8; 2], T);

fn binary() -> Vec<Seed<Vec<u8>>> {
    let counted = |count: u64, bytes: &[u8]| [&count.to_le_bytes(), bytes].concat();
    vec![
        ("longest", [4, 0], counted(u64::MAX, b"")),
        ("claims", [13, 0], counted(1_000, b"").repeat(60)),
        ("few-claims", [13, 1], counted(7, b"").repeat(60)),
        ("deep", [10, 0], [1, 0, 0, 0].repeat(200)),
        ("deep-enough", [10, 0], [&[1, 0, 0, 0].repeat(60)[..], &[0; 4]].concat()),
        ("empty-elements", [5, 0], counted(2, &counted(1_000, b"").repeat(2))),
        ("absent-elements", [6, 1], counted(500, &[0; 500])),
        ("rows", [12, 0], counted(2, &[counted(3, b"abc"), counted(0, b"")].concat())),
        ("arguments", [3, 0], [counted(1, b"a"), counted(1, b"b"), vec![1, 0]].concat()),
        ("shapes", [8, 0], counted(2, &[&[2, 0, 0, 0, 7, 8, 9][..], &[3, 0, 0, 0], &counted(0, &[0])].concat())),
        ("trailing", [2, 0], counted(1, b"abc")),
    ]
}

fn json() -> Vec<Seed<String>> {
    let scalars = r#"{"truth":true,"small":[1,-1,2,-2],"large":[3,-3,4,-4],"huge":[5,-5],"letter":"\u20ac","text":"\n",
        "nothing":null,"unit":null,"newtype":6,"array":[7,8,9],"unknown":{"a":[1e9]}}"#;
    vec![
        ("scalars", [0, 0], scalars.into()),
        ("deep", [17, 0], "[".repeat(200)),
        ("deep-types", [10, 0], r#"{"Link":"#.repeat(100)),
        ("shapes", [8, 0], r#"["Point",{"Rectangle":[1,2]},{"Named":{"name":"a","within":{"Circle":1e999}}}]"#.into()),
        ("unknown-variant", [8, 0], r#"["a\u0007b"]"#.into()),
        ("empty-elements", [5, 1], format!("[[{}null]]", "null,".repeat(50))),
        ("absent-elements", [6, 1], format!("[{}null]", "null,".repeat(50))),
        ("bytes-as-text", [2, 0], r#""\u0000text""#.into()),
        ("arguments", [3, 0], r#"["text",[1,2],3]"#.into()),
        ("untagged", [18, 0], r#"{"within":{"within":["a"]}}"#.into()),
        ("tagged", [19, 0], r#"{"name":"a","children":[],"kind":"Tree"}"#.into()),
        ("flat", [20, 0], r#"{"id":1,"a":[1],"b":[]}"#.into()),
        ("any", [17, 0], r#"{"a":[1,2.5e-9,null,true,"b"],"a":{}}"#.into()),
    ]
}

/// A frame without a message.
fn frame(head: Head) -> Vec<u8> {
    [&(HEAD as u32).to_le_bytes(), &head.encode()[..]].concat()
}

/// Where the frames begin.
fn hello(bytes: &[u8]) -> usize {
    match parse_hello(bytes, 64 << 10) {
        Ok(Parsed::Hello { len, .. }) => len,
        other => panic!("{other:?}"),
    }
}

/// The blocks of bytes in a document, with their names.
fn worked(document: &str) -> Vec<(String, Vec<u8>)> {
    let blocks = document.split("```bytes ").skip(1).filter_map(|block| block.split_once("```"));
    let worked = blocks.filter_map(|(block, _)| {
        let (name, lines) = block.split_once('\n')?;
        let digits = lines.lines().filter_map(|line| line.split('|').next()).flat_map(str::split_whitespace);
        Some((name.to_owned(), digits.map(|byte| u8::from_str_radix(byte, 16).expect("hexadecimal")).collect()))
    });
    let worked: Vec<_> = worked.collect();
    assert!(worked.len() > 10, "the bytes were not found");
    worked
}
