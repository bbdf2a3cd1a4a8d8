//! What all pictures share: the paper, the words on it, and who has which colour. Knows no figures.

use svg::{
    Document,
    node::element::{Line, Rectangle, Text},
};

use crate::subject::Group;

/// Colour of words.
pub(super) const INK: &str = "#24292f";
/// Colour of what is less important.
pub(super) const FAINT: &str = "#8c959f";

/// Where a word stands to its place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    /// It begins there.
    Start,
    /// It is in the middle of it.
    Middle,
    /// It ends there.
    End,
}

/// An empty paper, white even where pages are dark, with a title.
pub(super) fn paper(width: f64, height: f64, title: &str) -> Document {
    let paper = Rectangle::new().set("width", width).set("height", height).set("rx", 6).set("fill", "#ffffff");
    Document::new()
        .set("viewBox", (0, 0, width, height))
        .set("font-family", "system-ui, sans-serif")
        .add(paper)
        .add(word(16.0, 26.0, title, Anchor::Start, 15.0).set("font-weight", 600))
}

pub(super) fn word(x: f64, y: f64, text: impl Into<String>, anchor: Anchor, size: f64) -> Text {
    let anchor = match anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    let text = Text::new(text).set("x", x).set("y", y).set("font-size", size);
    text.set("text-anchor", anchor).set("fill", INK)
}

pub(super) fn bar(x: f64, y: f64, width: f64, height: f64, colour: &str) -> Rectangle {
    let bar = Rectangle::new().set("x", x).set("y", y).set("width", width.max(0.5)).set("height", height);
    bar.set("fill", colour).set("rx", 1.5)
}

pub(super) fn line(from: (f64, f64), to: (f64, f64)) -> Line {
    let line = Line::new().set("x1", from.0).set("y1", from.1).set("x2", to.0).set("y2", to.1);
    line.set("stroke", "#d0d7de").set("stroke-width", 1)
}

pub(super) fn colour(group: Group) -> &'static str {
    match group {
        Group::Floor => "#afb8c1",
        Group::Ours => "#0969da",
        Group::Peer => "#e09b5a",
    }
}
