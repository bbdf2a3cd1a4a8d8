//! What is wrong with a file, and where: shown with the line, the column, a caret and a way out.
//!
//! Knows nothing of what the files mean.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str};

use crate::source::{Place, SourceId, Sources, floor};

/// The most bytes of a file that are looked at to show places in it; of longer parts, as where all is in one line, only
/// where they are is told.
const SHOWN_MAX: usize = 64 << 10;

/// The most characters of a text that is said: of a longer one, as where it repeats a name without end, begin and end.
const SAID_MAX: usize = 1000;

/// Whether something is generated all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    Error,
    Warning,
}

/// One thing that is to be said of the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Diagnostic {
    pub(crate) severity: Severity,
    pub(crate) message: String,
    /// Places with what is to be said of each; the first is what the message is about.
    pub(crate) places: Vec<(Place, String)>,
    /// What to do about it.
    pub(crate) help: Option<String>,
}

impl Diagnostic {
    pub(crate) fn new(severity: Severity, place: Option<Place>, message: String) -> Self {
        let places = place.map(|place| (place, String::new())).into_iter().collect();
        Self { severity, message, places, help: None }
    }

    /// Says something of the place that the message is about.
    pub(crate) fn label(&mut self, label: impl Into<String>) -> &mut Self {
        if let Some((_, text)) = self.places.first_mut() {
            *text = label.into();
        }
        self
    }

    /// Shows another place.
    pub(crate) fn also(&mut self, place: Place, label: impl Into<String>) -> &mut Self {
        self.places.push((place, label.into()));
        self
    }

    /// Says what to do about it.
    pub(crate) fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// The text to show, of several lines, without one's end behind the last.
    pub(crate) fn render(&self, sources: &Sources, colours: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let help = self.help.as_ref().map(|help| said(help));
        let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
        let mut group = Group::with_title(level.primary_title(said(&self.message)));
        for source in self.sources() {
            group = self.show(group, source, sources);
        }
        match help {
            None => renderer.render(&[group]),
            Some(help) if self.places.is_empty() => {
                let help = Group::with_title(Level::HELP.primary_title(help));
                [group, help].map(|group| renderer.render(&[group])).join("\n")
            }
            Some(help) => renderer.render(&[group.element(Level::HELP.message(help))]),
        }
    }

    /// Adds the lines of a source that its places are in.
    fn show<'s>(&'s self, group: Group<'s>, source: SourceId, sources: &'s Sources) -> Group<'s> {
        let path = sources.path(source).display().to_string();
        let text = sources.text(source);
        let here = || self.places.iter().enumerate().filter(|(_, (place, _))| place.source == source);
        let spans: Vec<Range<usize>> = here().map(|(_, (place, _))| within(text, place)).collect();
        let lines = lines(text, &spans);
        let first = Place { source, span: lines.start..lines.start };
        if lines.len() > SHOWN_MAX {
            let (line, column) = sources.line_and_column(&self.places[0].0);
            return group.element(Origin::path(path).line(line).char_column(column));
        }
        let annotations = here().zip(spans).map(|((index, (_, label)), span)| {
            let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let label = (!label.is_empty()).then(|| said(label));
            kind.span(span.start - lines.start..span.end - lines.start).label(label)
        });
        let annotations: Vec<Annotation<'_>> = annotations.collect();
        let (line, _) = sources.line_and_column(&first);
        group.element(Snippet::source(&text[lines]).line_start(line).path(path).annotations(annotations))
    }

    /// The sources of its places, in the order in which they are shown.
    fn sources(&self) -> Vec<SourceId> {
        let mut sources = Vec::new();
        for (place, _) in &self.places {
            if !sources.contains(&place.source) {
                sources.push(place.source);
            }
        }
        sources
    }
}

/// A text as it is said: not longer than anybody reads, and without what a terminal would obey.
fn said(text: &str) -> String {
    let before = text.char_indices().nth(SAID_MAX / 2).map_or(text.len(), |(at, _)| at);
    let behind = text.char_indices().nth_back(SAID_MAX / 2 - 1).map_or(0, |(at, _)| at);
    if before < behind {
        normalize_untrusted_str(&format!("{} … {}", &text[..before], &text[behind..]))
    } else {
        normalize_untrusted_str(text)
    }
}

/// A place between characters of its text, whatever was said. The end of a file is that of its last line.
fn within(text: &str, place: &Place) -> Range<usize> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let start = floor(text, place.span.start);
    start..floor(text, place.span.end).max(start)
}

/// The lines that have all of these spans, from the first to the last.
fn lines(text: &str, spans: &[Range<usize>]) -> Range<usize> {
    let first = spans.iter().map(|span| span.start).min().unwrap_or(0);
    let last = spans.iter().map(|span| span.end).max().unwrap_or(0);
    let start = text[..first].rfind('\n').map_or(0, |at| at + 1);
    let end = text[last..].find('\n').map_or(text.len(), |at| last + at);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(text: &str, spans: &[(usize, usize)]) -> String {
        let mut sources = Sources::default();
        let source = sources.add("a.thrift".as_ref(), text.to_owned());
        let mut places = spans.iter().map(|(start, end)| Place { source, span: *start..*end });
        let mut diagnostic = Diagnostic::new(Severity::Error, places.next(), "it is wrong".to_owned());
        diagnostic.label("here").help("mend it");
        places.for_each(|place| _ = diagnostic.also(place, "and here"));
        diagnostic.render(&sources, false)
    }

    #[test]
    fn a_place_is_shown_with_its_line_its_column_and_a_caret() {
        let expected = "\
error: it is wrong
 --> a.thrift:2:5
  |
2 |   ü wrong
  |     ^^^^^ here
  |
  = help: mend it";
        assert_eq!(rendered("first\n  ü wrong\nlast\n", &[(11, 16)]), expected);
    }

    #[test]
    fn without_a_place_there_is_the_message_and_the_way_out() {
        assert_eq!(rendered("", &[]), "error: it is wrong\nhelp: mend it");
    }

    #[test]
    fn two_places_of_a_file_are_shown_together() {
        let shown = rendered("one\ntwo\nthree\n", &[(8, 13), (0, 3)]);
        for part in ["--> a.thrift:3:1", "1 | one", "--- and here", "3 | three", "^^^^^ here"] {
            assert!(shown.contains(part), "{part} is not in:\n{shown}");
        }
    }

    #[test]
    fn a_place_behind_the_end_or_within_a_character_is_shown_where_there_is_one() {
        assert!(rendered("ab", &[(7, 9)]).contains("--> a.thrift:1:3"));
        assert!(rendered("aü", &[(2, 2)]).contains("--> a.thrift:1:2"));
    }

    #[test]
    fn of_a_line_without_end_only_the_place_is_told() {
        let shown = rendered(&"x".repeat(SHOWN_MAX + 1), &[(70, 80)]);
        assert!(shown.contains("--> a.thrift:1:71") && !shown.contains("xxx"), "{shown}");
    }

    #[test]
    fn of_a_text_without_end_begin_and_end_are_said() {
        assert_eq!(said(&"ü".repeat(SAID_MAX)), "ü".repeat(SAID_MAX));
        let long = said(&format!("name `{}` is wrong", "ü".repeat(SAID_MAX)));
        assert!(long.starts_with("name `ü") && long.contains("ü … ü") && long.ends_with("ü` is wrong"), "{long}");
        assert_eq!(long.chars().count(), SAID_MAX + 3);
    }

    #[test]
    fn what_comes_from_a_file_cannot_move_the_cursor_of_a_terminal() {
        let shown = rendered("\u{1b}[2J wrong", &[(5, 10)]);
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    }
}
