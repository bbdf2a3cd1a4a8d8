//! Links and citations: every file, heading and section that a text points at is there.
//!
//! Sections are cited as `protocol §` and a number in code and documents, and as the bare sign within the document
//! itself. Addresses on the network are not looked at.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    assert_bites, assert_none,
    source::{Source, files, read, root},
};

/// The documents whose sections have numbers, and what stands before the sign where another text cites them.
const NUMBERED: [(&str, [&str; 2]); 2] =
    [("docs/protocol.md", ["protocol", "protocol.md"]), ("docs/codec.md", ["codec.md", "codec.md"])];
/// Where these rules have their bad examples.
const RULES: &str = "tests/tests/tidy/";

/// Links of documents to files and headings that are not there.
fn broken_links(documents: &[Source], exists: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut findings = Vec::new();
    for document in documents {
        for target in links(&document.text) {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() { document.path.clone() } else { resolved(&document.path, file) };
            let there = documents.iter().find(|other| other.path == path);
            if !exists(&path) {
                findings.push(format!("{}: `{target}` leads nowhere", document.path));
            } else if !heading.is_empty() && there.is_some_and(|there| !slugs(&there.text).contains(heading)) {
                findings.push(format!("{}: `{target}`: {path} has no such heading", document.path));
            }
        }
    }
    findings
}

/// The targets of links within the repository.
fn links(text: &str) -> Vec<&str> {
    let parts = outside_of_fences(text).into_iter().flat_map(|line| line.split("](").skip(1));
    let targets = parts.filter_map(|part| part.split_once(')')).map(|(target, _)| target);
    targets.filter(|target| !target.contains("://")).collect()
}

fn outside_of_fences(text: &str) -> Vec<&str> {
    let mut fenced = false;
    let mut outside = |line: &&str| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    };
    text.lines().filter(|line| outside(line)).collect()
}

/// `target` as seen from the folder of `from`.
fn resolved(from: &str, target: &str) -> String {
    let mut path: Vec<&str> = from.split('/').collect();
    path.pop();
    for part in target.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            path.pop();
        } else {
            path.push(part);
        }
    }
    path.join("/")
}

/// The names under which headings can be linked to.
fn slugs(text: &str) -> BTreeSet<String> {
    let headings = outside_of_fences(text).into_iter().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let words = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
            words.chars().filter(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect()
        })
        .collect()
}

/// Documents that are named in a text, `docs/….md`, and are not there.
fn missing_documents(sources: &[Source], exists: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut findings = Vec::new();
    for source in sources {
        for (at, _) in source.text.match_indices("docs/") {
            let inside = source.text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '/');
            let rest = &source.text[at..];
            let len = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "/-_.".contains(c))).unwrap_or(rest.len());
            let path = rest[..len].trim_end_matches('.');
            if !inside && path.ends_with(".md") && !exists(path) {
                findings.push(format!("{}: `{path}` is not there", source.path));
            }
        }
    }
    findings
}

/// Sections that are cited and are not in the document.
fn missing_sections(sources: &[Source], documents: &[Source]) -> Vec<String> {
    let numbered: BTreeMap<&str, BTreeSet<String>> =
        documents.iter().map(|document| (&*document.path, sections(&document.text))).collect();
    let mut findings = Vec::new();
    for source in sources {
        for (at, sign) in source.text.match_indices('§') {
            let before = source.text[..at].trim_end().trim_end_matches(['`', ')']);
            let cited = NUMBERED.iter().find(|(_, names)| names.iter().any(|name| before.ends_with(name)));
            let document = cited.map_or(&*source.path, |(path, _)| path);
            let rest = &source.text[at + sign.len()..];
            let number =
                rest.split(|c: char| !(c.is_ascii_digit() || c == '.')).next().unwrap_or("").trim_end_matches('.');
            if numbered.get(document).is_some_and(|sections| !number.is_empty() && !sections.contains(number)) {
                findings.push(format!("{}: {document} has no §{number}", source.path));
            }
        }
    }
    findings
}

/// The numbers of the headings.
fn sections(text: &str) -> BTreeSet<String> {
    let headings = outside_of_fences(text).into_iter().filter(|line| line.starts_with('#'));
    let numbers = headings.filter_map(|line| line.split_whitespace().nth(1)).map(|word| word.trim_end_matches('.'));
    numbers.filter(|word| word.starts_with(|c: char| c.is_ascii_digit())).map(str::to_owned).collect()
}

/// Records of decisions: numbered from 1 without a gap, headed by their number, listed in the index.
fn decisions(records: &[Source], index: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for (number, record) in (1..).map(|number: usize| format!("{number:04}")).zip(records) {
        let file = record.path.rsplit('/').next().unwrap_or_default();
        if !file.starts_with(&format!("{number}-")) {
            findings.push(format!("{file}: the next number is {number}"));
        }
        if !record.text.starts_with(&format!("# {}: ", &file[..4])) {
            findings.push(format!("{file}: begin with `# {}: ` and the decision in one line", &file[..4]));
        }
        if !index.contains(&format!("]({file})")) {
            findings.push(format!("{file}: is not in the index"));
        }
    }
    findings
}

fn exists(path: &str) -> bool {
    root().join(path).exists()
}

#[test]
fn links_lead_somewhere() {
    let documents = files("", ".md");
    assert!(documents.iter().map(|document| links(&document.text).len()).sum::<usize>() > 10, "no links were found");
    assert_none(&broken_links(&documents, &exists));
}

#[test]
fn documents_that_are_named_are_there() {
    let mut sources: Vec<Source> = [".md", ".rs", ".toml"].iter().flat_map(|end| files("", end)).collect();
    sources.retain(|source| !source.path.starts_with(RULES));
    assert_none(&missing_documents(&sources, &exists));
}

#[test]
fn sections_that_are_cited_are_there() {
    let documents = NUMBERED.map(|(path, _)| read(path));
    let mut sources: Vec<Source> = [".md", ".rs"].iter().flat_map(|end| files("", end)).collect();
    sources.retain(|source| !source.path.starts_with(RULES));
    assert_none(&missing_sections(&sources, &documents));
}

#[test]
fn decisions_are_numbered_and_listed() {
    let mut records = files("docs/decisions", ".md");
    records.retain(|record| !record.path.ends_with("README.md"));
    assert!(!records.is_empty(), "no records were found");
    assert_none(&decisions(&records, &read("docs/decisions/README.md").text));
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let text = "# A b, `c`\n[1](#a-b-c) [2](#d) [3](../x.rs) [4](https://e/f.md)\n```text\n[5](g.md)\n```\n[6](b.md#h) [7](b.md#i-j)";
    let documents = [Source::new("docs/a.md", text), Source::new("docs/b.md", "## I j\n")];
    let exists = |path: &str| ["docs/a.md", "docs/b.md"].contains(&path);
    let expected = ["`#d`: docs/a.md has no", "`../x.rs` leads nowhere", "`b.md#h`: docs/b.md has no"];
    assert_bites(&broken_links(&documents, &exists), &expected);
}

#[test]
fn a_document_that_is_named_and_missing_is_found() {
    let text = "//! See `docs/a.md`, docs/b/c.md. Not https://d/docs/e.md, nor ../docs/f.md, nor docs/.\n";
    let findings = missing_documents(&[Source::new("g.rs", text)], &|path| path == "docs/a.md");
    assert_bites(&findings, &["`docs/b/c.md`"]);
}

#[test]
fn a_section_that_is_cited_and_missing_is_found() {
    let protocol = Source::new("docs/protocol.md", "## 1 A\n### 1.1 B\nsee §1.1 and §1.2\n```text\n# 9 C\n```\n");
    let codec = Source::new("docs/codec.md", "## 2. D\nas §2, but protocol §1.1\n");
    let code =
        Source::new("a.rs", "// protocol §1.1. (protocol §3) `docs/protocol.md` §9, `docs/codec.md` §1, design §7\n");
    let sources = [protocol, codec, code];
    let expected = ["no §1.2", "protocol.md has no §3", "protocol.md has no §9", "codec.md has no §1"];
    assert_bites(&missing_sections(&sources, &sources[..2]), &expected);
}

#[test]
fn a_decision_out_of_order_is_found() {
    let records = [("0001-a.md", "# 0001: A\n"), ("0003-b.md", "# 0002: B\n"), ("0003-c.md", "# 0003: C\n")];
    let records = records.map(|(name, text)| Source::new(&format!("docs/decisions/{name}"), text));
    let expected =
        ["0003-b.md: the next number is 0002", "0003-b.md: begin with `# 0003: `", "0003-c.md: is not in the index"];
    assert_bites(&decisions(&records, "[A](0001-a.md) [B](0003-b.md)"), &expected);
}
