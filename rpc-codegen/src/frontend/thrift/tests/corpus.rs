//! The files in `tests/corpus/thrift`: good ones have nothing wrong with them, bad ones what is written beside them, and
//! neither these nor any part of them makes the front end panic or say more than anybody reads.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::{load_texts, rendered};
use crate::{
    diagnostics::Severity,
    frontend::thrift::{
        ast::{Definition, DefinitionKind},
        parse::parse,
        report::{Report, SHOWN_MAX},
    },
    model::ItemKind,
    session::Session,
    source::floor,
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/thrift");
/// How often each file is changed at random.
const MUTATIONS: usize = 60;

/// All files of the corpus, by their paths within it.
fn corpus() -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    let mut folders = vec![PathBuf::from(FOLDER)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the corpus is there") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "thrift") {
                let name = path.strip_prefix(FOLDER).expect("it is in the corpus").display().to_string();
                texts.insert(name, fs::read_to_string(path).expect("it is text"));
            }
        }
    }
    assert!(texts.len() > 60, "the corpus was not found");
    texts
}

/// Those of a folder itself, `""` for the first.
fn within<'a>(corpus: &'a BTreeMap<String, String>, folder: &'a str) -> impl Iterator<Item = &'a str> {
    corpus.keys().map(String::as_str).filter(move |name| Path::new(name).parent() == Some(Path::new(folder)))
}

fn load_one(corpus: &BTreeMap<String, String>, name: &str) -> Session {
    let texts: Vec<(&str, &str)> = corpus.iter().map(|(name, text)| (&**name, &**text)).collect();
    load_texts(&texts, &[name])
}

/// A file whose text is another, and what such a file may include.
fn load_changed(corpus: &BTreeMap<String, String>, name: &str, text: &str) -> Session {
    let folders = ["shared", "bad/circle", "bad/one", "bad/two"];
    let others = folders.into_iter().flat_map(|folder| within(corpus, folder)).filter(|other| *other != name);
    let mut texts: Vec<(&str, &str)> = others.map(|other| (other, &*corpus[other])).collect();
    texts.push((name, text));
    load_texts(&texts, &[name])
}

#[test]
fn nothing_is_wrong_with_good_files() {
    let corpus = corpus();
    for name in within(&corpus, "") {
        let session = load_one(&corpus, name);
        assert!(!session.has_errors(), "{name}:\n{}", rendered(&session));
        let asked: Vec<&str> = session.files.iter().filter(|file| file.asked_for).map(|file| &*file.path).collect();
        assert_eq!(asked, [name]);
    }
}

#[test]
fn what_is_wrong_with_bad_files_is_shown_as_it_is_written_beside_them() {
    let corpus = corpus();
    for name in within(&corpus, "bad") {
        let session = load_one(&corpus, name);
        assert!(session.has_errors(), "nothing is wrong with {name}");
        let beside = Path::new(FOLDER).join(name).with_extension("txt");
        let found = rendered(&session) + "\n";
        if std::env::var("GOLDEN").is_ok_and(|mode| mode == "overwrite") {
            fs::write(&beside, &found).expect("the folder can be written to");
        }
        let expected = fs::read_to_string(&beside).unwrap_or_default();
        assert_eq!(found, expected, "{name}: if that is as it should be, run the test with GOLDEN=overwrite");
    }
}

/// What holds for any text: little is said, in one line and with a way out, and nothing is lost without a word.
fn check(mut session: Session, text: &str) {
    let mut counts = BTreeMap::new();
    for diagnostic in &session.diagnostics {
        let shown = diagnostic.render(&session.sources, false);
        assert!(!diagnostic.message.is_empty() && !diagnostic.message.contains('\n'), "{shown}\n{text}");
        assert!(diagnostic.help.as_ref().is_none_or(|help| !help.is_empty()), "{shown}\n{text}");
        let count = counts.entry((diagnostic.places[0].0.source, diagnostic.severity == Severity::Error)).or_insert(0);
        *count += 1;
        assert!(*count <= SHOWN_MAX + 1, "{text}");
    }
    if !session.has_errors() {
        assert_complete(&mut session);
    }
}

/// Everything that is declared in the files is in the model.
fn assert_complete(session: &mut Session) {
    for file in &session.files {
        let source = session.sources.open(Path::new(&file.path)).expect("it was read");
        let document = parse(session.sources.text(source), &mut Report::new(source));
        let items = file.items.iter().filter(|item| !matches!(item.kind, ItemKind::Failure(_)));
        let mut names: Vec<(&str, usize)> = items.map(|item| (&*item.named.name, within_item(&item.kind))).collect();
        names.extend(file.services.iter().map(|service| (&*service.named.name, service.methods.len())));
        let mut declared: Vec<(&str, usize)> = document
            .definitions
            .iter()
            .map(|definition| (&*definition.head.name.text, within_definition(definition)))
            .collect();
        names.sort_unstable();
        declared.sort_unstable();
        assert_eq!(names.len(), declared.len());
        for (found, declared) in names.iter().zip(&declared) {
            assert!(found.0 == declared.0 && found.1 >= declared.1, "{found:?} {declared:?}");
        }
    }
}

fn within_item(kind: &ItemKind) -> usize {
    match kind {
        ItemKind::Message { fields, .. } | ItemKind::Choice(fields) => fields.len(),
        ItemKind::Enum(of) => of.values.len(),
        _ => 0,
    }
}

fn within_definition(definition: &Definition) -> usize {
    match &definition.kind {
        DefinitionKind::Struct(_, fields) => fields.len(),
        DefinitionKind::Enum(values) => values.len(),
        DefinitionKind::Service(service) => service.functions.len(),
        _ => 0,
    }
}

#[test]
fn any_beginning_of_a_file_is_answered_within_bounds() {
    let corpus = corpus();
    for (name, text) in &corpus {
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            check(load_changed(&corpus, name, &text[..end]), &text[..end]);
        }
    }
}

#[test]
fn files_that_were_changed_at_random_are_answered_within_bounds() {
    let corpus = corpus();
    let mut random = Random(0x5EED);
    for (name, text) in &corpus {
        for _ in 0..MUTATIONS {
            let mut changed = text.clone();
            for _ in 0..=random.below(4) {
                change(&mut changed, &mut random);
            }
            check(load_changed(&corpus, name, &changed), &changed);
        }
    }
}

/// What stands where nobody expects it.
const WORDS: [&str; 24] = [
    "{",
    "}",
    "(",
    ")",
    "<",
    ">",
    "[",
    "]",
    ",",
    ":",
    "=",
    "\"",
    "'",
    "/*",
    "*/",
    "//",
    "\n",
    "struct ",
    "throws",
    "-1",
    "1e999",
    "list<",
    "\u{1F980}",
    "\0",
];

/// Takes a part of a text out, has one twice, or puts a word in.
fn change(text: &mut String, random: &mut Random) {
    let mut at = || floor(text, random.below(text.len() + 1));
    let (a, b) = (at(), at());
    let part = a.min(b)..a.max(b).min(a.min(b) + 40);
    let part = part.start..floor(text, part.end);
    match random.below(3) {
        0 => text.replace_range(part, ""),
        1 => {
            let again = text[part].to_owned();
            text.insert_str(a, &again);
        }
        _ => text.insert_str(a, WORDS[random.below(WORDS.len())]),
    }
}

/// Numbers that look random and are the same each time: xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).expect("it fits")).expect("it is below")
    }
}
