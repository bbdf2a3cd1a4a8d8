//! Comments to documentation: which of them belong to what, and what they say without what makes them comments.

use std::ops::Range;

use super::cursor::Cursor;
use crate::{
    frontend::thrift::lex::{Comment, CommentKind, TokenKind},
    model::Docs,
};

/// A line of so many signs that are all the same is decoration.
const RULER_MIN: usize = 3;

impl Cursor<'_> {
    /// What the comments directly above say. Of several kinds those that are meant as documentation count.
    pub(super) fn docs_above(&mut self) -> Docs {
        let begin = self.above();
        let run = &self.gap[begin..];
        let meant = run.iter().rposition(|comment| comment.kind == CommentKind::Docs);
        let docs = match meant {
            Some(at) => lines(self.text, &run[at..=at]),
            None => lines(self.text, run),
        };
        self.gap.clear();
        docs
    }

    /// Where the comments begin that no empty line divides from the token.
    fn above(&self) -> usize {
        let mut next = self.token.span.start;
        let adjacent = self.gap.iter().rev().take_while(|comment| {
            let adjacent = newlines(self.text, comment.span.end..next) <= 1;
            next = comment.span.start;
            adjacent
        });
        self.gap.len() - adjacent.count()
    }

    /// What a comment says that stands behind the last token, on its line, and goes on below itself.
    pub(super) fn docs_behind(&mut self) -> Docs {
        let Some(first) = self.gap.first().cloned() else { return Docs::new() };
        let closes = matches!(self.token.kind, TokenKind::End | TokenKind::Mark(',' | ';' | ')' | '}'));
        let ends_line = first.kind == CommentKind::Line || newlines(self.text, self.behind(&first)) > 0;
        if newlines(self.text, self.last_end..first.span.start) > 0 || !(ends_line || closes) {
            return Docs::new();
        }
        let mut count = 1;
        if first.kind == CommentKind::Line {
            let column = self.column(&first);
            let goes_on = |pair: &&[Comment]| {
                pair[1].kind == CommentKind::Line
                    && newlines(self.text, pair[0].span.end..pair[1].span.start) == 1
                    && self.column(&pair[1]) == column
            };
            count += self.gap.windows(2).take_while(goes_on).count();
        }
        let taken: Vec<Comment> = self.gap.drain(..count).collect();
        lines(self.text, &taken)
    }

    /// From a comment to what follows it.
    fn behind(&self, comment: &Comment) -> Range<usize> {
        let next = self.gap.get(1).map_or(self.token.span.start, |next| next.span.start);
        comment.span.end..next
    }

    fn column(&self, comment: &Comment) -> usize {
        let start = comment.span.start;
        start - self.text[..start].rfind('\n').map_or(0, |at| at + 1)
    }

    /// What the first comment says that is meant as documentation and stands for the file: a header or an empty line
    /// follows it.
    pub(super) fn docs_of_file(&mut self, at_header: bool) -> Docs {
        let end = if at_header { self.gap.len() } else { self.above() };
        match self.gap[..end].iter().position(|comment| comment.kind == CommentKind::Docs) {
            Some(at) => lines(self.text, &self.gap[at..=at]),
            None => Docs::new(),
        }
    }
}

/// Both texts, one below the other.
pub(super) fn joined(mut above: Docs, behind: Docs) -> Docs {
    if !above.is_empty() && !behind.is_empty() {
        above.push(String::new());
    }
    above.extend(behind);
    above
}

fn newlines(text: &str, range: Range<usize>) -> usize {
    text.get(range).map_or(0, |between| between.matches('\n').count())
}

/// What comments say, without what makes them comments and without empty lines at both ends.
fn lines(text: &str, comments: &[Comment]) -> Docs {
    let mut found = Docs::new();
    let mut run = Docs::new();
    for comment in comments {
        let comment_text = &text[comment.span.clone()];
        if comment.kind == CommentKind::Line {
            let mark = if comment_text.starts_with('#') { '#' } else { '/' };
            run.push(comment_text.trim_start_matches(mark).trim_end().to_owned());
        } else {
            found.append(&mut unindented(std::mem::take(&mut run)));
            found.append(&mut block(comment_text));
        }
    }
    found.append(&mut unindented(run));
    found.retain(|line| !is_ruler(line));
    let filled = |line: &String| !line.is_empty();
    let end = found.iter().rposition(filled).map_or(0, |last| last + 1);
    found.truncate(end);
    let start = found.iter().position(filled).unwrap_or(0);
    found.split_off(start)
}

/// The lines of a block, without its margin.
fn block(text: &str) -> Docs {
    let inner = text.trim_start_matches('/').trim_start_matches('*');
    let inner = inner.strip_suffix('/').unwrap_or(inner).trim_end_matches('*');
    let mut lines = inner.lines().map(|line| line.trim_end().to_owned());
    let first = lines.next().map(|line| line.trim_start().to_owned());
    let mut rest: Docs = lines.collect();
    let has_margin = |line: &String| line.trim_start().starts_with('*') || line.is_empty();
    if rest.iter().all(has_margin) {
        for line in &mut rest {
            *line = line.trim_start().strip_prefix('*').unwrap_or_default().to_owned();
        }
    }
    first.into_iter().chain(unindented(rest)).collect()
}

/// Lines without the space that all of them begin with.
fn unindented(lines: Docs) -> Docs {
    let indent = |line: &String| line.len() - line.trim_start_matches([' ', '\t']).len();
    let common = lines.iter().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    lines.iter().map(|line| line.get(common..).unwrap_or_default().trim_end().to_owned()).collect()
}

fn is_ruler(line: &str) -> bool {
    let mut signs = line.trim().chars();
    let Some(first) = signs.next().filter(|sign| "-=*#/_~+".contains(*sign)) else { return false };
    line.trim().len() >= RULER_MIN && signs.all(|sign| sign == first)
}
