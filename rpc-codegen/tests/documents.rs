//! What `docs/idl.md` shows: below each IDL file there, exactly what becomes of it.

use std::{fs, path::Path};

use rpc_codegen::configure;

/// The blocks of code of a page: their languages and their texts.
fn blocks(page: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(page);
    let text = fs::read_to_string(&path).unwrap();
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```").filter(|language| !language.is_empty()) {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push((language.to_owned(), block.join("\n") + "\n"));
        }
    }
    blocks
}

/// What is behind the line that says where it is from, and behind what is taken in.
fn items(generated: &str) -> String {
    let mut lines: Vec<&str> = generated.lines().collect();
    let is_item = |line: &&str| !line.starts_with("//") && !line.starts_with("use ") && !line.is_empty();
    let first = lines.iter().position(|line| is_item(line) || line.starts_with("///")).unwrap();
    lines.drain(..first);
    lines.join("\n") + "\n"
}

#[test]
fn what_the_page_shows_is_what_is_generated() {
    let blocks = blocks("idl.md");
    let pairs: Vec<_> = blocks.windows(2).filter(|pair| ["proto", "thrift"].contains(&&*pair[0].0)).collect();
    assert_eq!(pairs.len(), 2, "examples on the page");
    for pair in pairs {
        let [(language, idl), (_, rust)] = pair else { unreachable!("two in a window") };
        let file = format!("example.{language}");
        let generated = configure().text(&file, idl).generate(&[&file]).unwrap();
        assert_eq!(items(&generated.files()["example.rs"]), *rust, "below the example in {language}");
    }
}
