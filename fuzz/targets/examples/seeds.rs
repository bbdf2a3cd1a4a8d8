//! Writes the first inputs of the targets into `fuzz/corpus`: recorded conversations, and the bytes that are worked out in
//! docs/protocol.md. What is there stays; of a name, the new bytes take the place of the old.
//!
//! ```sh
//! cargo run -p rpc-fuzz-targets --example seeds
//! ```

use std::{fs, io, path::Path};

use rpc_core::wire::{Parsed, parse_hello};
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
    Ok(())
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
