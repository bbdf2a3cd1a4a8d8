//! What the parser says is wrong, as diagnostics.
//!
//! The parser's own words are kept where they help; what to do about it is added where it does not say so.

use std::{iter, ops::Range};

use miette::LabeledSpan;

use crate::{
    diagnostics::{Diagnostic, Severity},
    session::Session,
    source::{Place, SourceId, floor},
};

/// What to do about a mistake whose message begins so, and goes on so somewhere.
const HELP: &[(&str, &str, &str)] = &[
    ("name '", "' is not defined", "declare it, or import the file that does"),
    ("'", ", which is not defined", "begin the name with a dot to have it looked for from the outermost package"),
    ("field number '", "' is already used", "give one of the two another number"),
    ("field number '", "' conflicts with extension range", "take another number: these are for fields from elsewhere"),
    ("field number '", "'", "take another number: what is reserved belonged to a field that is gone"),
    ("name '", "' is already defined", "rename one of the two"),
    ("name '", "' is defined twice", "rename one of the two; the values of an enum lie beside it, not in it"),
    ("name '", "", "rename one of the two, or give one of the files another package"),
    ("a field with JSON name '", "' is already defined", "rename one of the two: in JSON they would be the same"),
    ("camel-case name of field '", "'", "rename one of the two: in JSON they would be the same"),
    ("the first value for proto3 enums", "", "put a value with the number 0 first, such as `UNKNOWN = 0;`"),
    ("enums must have at least one value", "", "give it one, such as `UNKNOWN = 0;`"),
    ("enum number '", "' has already been used", "say `option allow_alias = true;` if the two mean the same"),
    ("enum number '", "'", "take another number: what is reserved belonged to a value that is gone"),
    ("option field '", "' is not defined", "import the file that declares this option, or take the option out"),
    ("option field '", "' has already been set", "set it once"),
    ("invalid default value", "", "write a value of the field's type"),
    ("fields must have a label", "", "write `optional` before the type, or begin the file with `syntax = \"proto3\";`"),
    ("default values are not allowed in proto3", "", "leave it out: in proto3 each type has its own, such as 0"),
    ("required fields are not allowed", "", "leave `required` out"),
    ("groups are not allowed in proto3", "", "declare a message within this one, and a field of its type"),
    ("map fields cannot have labels", "", "leave the word before `map` out"),
    ("oneof fields cannot have labels", "", "leave the word before the type out"),
    (
        "expected '<', but found '",
        "",
        "write `map<KEY, VALUE>`; the name of a message `map` needs that of its package before it",
    ),
    ("invalid token", "", "names have the letters A to Z and a to z, digits and underscores"),
    ("multiple package names", "", "leave one of the two out"),
];

/// How many mistakes are said of one file: nobody reads on, and a file of the wrong kind has thousands.
const MISTAKES_MAX: usize = 50;

/// How many bytes are counted over to find the places of the mistakes in one file, whatever their number.
const COUNTED_MAX: usize = 128 << 20;

/// The least that is looked at of any text, in bytes.
const LOOKED_AT_MIN: usize = 4 << 10;

/// The labels of places that only explain why the other one is wrong.
const BACKGROUND: [&str; 4] = ["first defined", "reserved range", "extension range", "defined here…"];

/// Reports what is wrong with a file, which may be several mistakes.
pub(super) fn report(error: &dyn miette::Diagnostic, source: SourceId, session: &mut Session) {
    let mistakes = iter::once(error).chain(error.related().into_iter().flatten()).map(Mistake::new);
    let mut mistakes: Vec<Mistake> = mistakes.filter(|mistake| !mistake.is_of_one_name()).collect();
    if mistakes.len() > MISTAKES_MAX {
        // Those whose places are known are of more use.
        mistakes.sort_by_key(|mistake| mistake.places.is_empty());
    }
    let edition = mistakes.iter().position(|mistake| mistake.message.ends_with("but found 'edition'"));
    match edition {
        Some(edition) => editions(&mistakes[edition], source, session),
        None => {
            let more = mistakes.len().saturating_sub(MISTAKES_MAX);
            mistakes.into_iter().take(MISTAKES_MAX).for_each(|mistake| mistake.say(source, session));
            if more > 0 {
                let path = session.sources.path(source).display().to_string();
                session.error(None, format!("`{path}` has {more} more mistakes"));
            }
        }
    }
}

/// All else that the parser says of such a file comes from that it does not know what an edition is.
fn editions(mistake: &Mistake, source: SourceId, session: &mut Session) {
    let place = mistake.places.first().map(|(span, _)| Place { source, span: span.clone() });
    let error = session.error(place, "editions are not supported");
    error.help("write `syntax = \"proto3\";`, and leave out what only editions have, such as `features`");
}

/// The parser did not come to an end as it should.
pub(super) fn parser_failed(place: Place, session: &mut Session) {
    let path = session.sources.path(place.source).display().to_string();
    session
        .error(place, format!("the parser failed on `{path}`"))
        .help("take parts of the file away until it no longer does, to find what it stumbles over");
}

/// The text in which the places of so many mistakes are to be found, each of which is counted from its begin: of one with
/// very many no more than the first lines. Of the rest of the mistakes it is told how many they are.
///
/// Each byte is a character: what counts columns in characters then counts bytes.
pub(super) fn looked_at(text: &str, mistakes: usize) -> String {
    let most = (COUNTED_MAX / mistakes.max(1)).max(LOOKED_AT_MIN);
    let end = if text.len() <= most { text.len() } else { text[..floor(text, most)].rfind('\n').unwrap_or(0) };
    text[..end].bytes().map(|byte| if byte.is_ascii() { char::from(byte) } else { '?' }).collect()
}

struct Mistake {
    message: String,
    /// That which it is about comes first.
    places: Vec<(Range<usize>, String)>,
    help: Option<String>,
}

impl Mistake {
    fn new(error: &dyn miette::Diagnostic) -> Self {
        let (message, help) = (error.to_string(), error.help().map(|help| help.to_string()));
        let background = |label: &LabeledSpan| {
            BACKGROUND.iter().any(|words| label.label().is_some_and(|label| label.starts_with(words)))
        };
        let mut labels: Vec<LabeledSpan> = error.labels().into_iter().flatten().collect();
        labels.sort_by_key(background);
        let span = |label: &LabeledSpan| label.offset()..label.offset().saturating_add(label.len());
        let places = labels.iter().map(|label| (span(label), label.label().unwrap_or_default().to_owned())).collect();
        // Ours says how.
        let help = help.filter(|help| !help.starts_with("set the 'allow_alias'"));
        Self { message, places, help }
    }

    /// Two names that are the same are the same in JSON, too: no need to say both.
    fn is_of_one_name(&self) -> bool {
        let names = self.message.strip_prefix("camel-case name of field '").and_then(|rest| rest.strip_suffix('\''));
        names.and_then(|names| names.split_once("' conflicts with field '")).is_some_and(|(one, other)| one == other)
    }

    fn say(mut self, source: SourceId, session: &mut Session) {
        let text = session.sources.text(source);
        if self.places.is_empty() {
            self.places.extend(unplaced(&self.message, text));
        }
        let message = match &self.help {
            // The parser takes its words for groups here.
            Some(help) if help.starts_with("imports may not") => "this is no path to import".to_owned(),
            _ if self.places.is_empty() => format!("`{}`: {}", session.sources.path(source).display(), self.message),
            _ => self.message.clone(),
        };
        let place = |span: Range<usize>| Place { source, span: span.start.min(text.len())..span.end.min(text.len()) };
        let mut diagnostic = Diagnostic::new(Severity::Error, None, message);
        diagnostic.places = self.places.into_iter().map(|(span, label)| (place(span), label)).collect();
        diagnostic.help = self.help.or_else(|| help(&self.message).map(str::to_owned));
        if !session.diagnostics.contains(&diagnostic) {
            session.diagnostics.push(diagnostic);
        }
    }
}

/// Where a mistake is that the parser has no place of.
fn unplaced(message: &str, text: &str) -> Option<(Range<usize>, String)> {
    if message.ends_with("end of file") {
        return Some((text.len()..text.len(), "the file ends".to_owned()));
    }
    // The parser has no places of the types of a map's values.
    let name = message.strip_prefix("name '")?.strip_suffix("' is not defined")?;
    let is_value = |at: &usize| {
        let (before, behind) = (text[..*at].trim_end(), text[at + name.len()..].trim_start());
        before.ends_with(',') && behind.starts_with('>')
    };
    let at = text.match_indices(name).map(|(at, _)| at).find(is_value)?;
    Some((at..at + name.len(), "found here".to_owned()))
}

fn help(message: &str) -> Option<&'static str> {
    let fits =
        |(begin, then, _): &&(&str, &str, _)| message.strip_prefix(begin).is_some_and(|rest| rest.contains(then));
    HELP.iter().find(fits).map(|(_, _, help)| *help)
}
