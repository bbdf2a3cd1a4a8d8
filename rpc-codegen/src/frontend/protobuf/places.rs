//! Where the parts of a file stand in its text, and what is said of them there.
//!
//! The parser tells it by the path of a part: the numbers of the fields that lead to it in a `FileDescriptorProto`.

use std::{collections::HashMap, ops::Range};

use protox::prost_reflect::prost_types::{FileDescriptorProto, source_code_info::Location};

use super::{comments, depth, sources::Origin};
use crate::{
    model::Docs,
    source::{Place, Sources},
};

/// The number of the field `name` in everything that has one.
const NAME: i32 = 1;

/// The places of one file's parts.
#[derive(Debug)]
pub(super) struct Places<'a> {
    /// The place of what has none.
    file: Place,
    text: &'a str,
    line_begins: Vec<usize>,
    locations: HashMap<&'a [i32], &'a Location>,
}

impl<'a> Places<'a> {
    pub(super) fn new(origin: &Origin, descriptor: &'a FileDescriptorProto, sources: &'a Sources) -> Self {
        let (file, text) = match origin {
            Origin::Source(source) => (Place { source: *source, span: 0..0 }, sources.text(*source)),
            Origin::BuiltIn(import) => return Self::nowhere(import.clone()),
        };
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        let locations = descriptor.source_code_info.iter().flat_map(|info| &info.location);
        Self {
            file,
            text,
            line_begins: std::iter::once(0).chain(ends).collect(),
            locations: locations.map(|location| (location.path.as_slice(), location)).collect(),
        }
    }

    fn nowhere(file: Place) -> Self {
        Self { file, text: "", line_begins: Vec::new(), locations: HashMap::new() }
    }

    /// The place of a part's name, else that of the part.
    pub(super) fn name(&self, path: &[i32]) -> Place {
        self.find(&[path, &[NAME]].concat()).unwrap_or_else(|| self.whole(path))
    }

    /// The place of a part.
    pub(super) fn whole(&self, path: &[i32]) -> Place {
        self.find(path).unwrap_or_else(|| self.file.clone())
    }

    fn find(&self, path: &[i32]) -> Option<Place> {
        let (start, end) = match *self.locations.get(path)?.span {
            [line, start, end] => ((line, start), (line, end)),
            [line, start, last_line, end] => ((line, start), (last_line, end)),
            _ => return None,
        };
        Some(Place { source: self.file.source, span: self.offset(start)?..self.offset(end)? })
    }

    /// Columns are bytes.
    fn offset(&self, (line, column): (i32, i32)) -> Option<usize> {
        let begins = self.line_begins.get(usize::try_from(line).ok()?)?;
        Some(begins + usize::try_from(column).ok()?)
    }

    /// What the comments before and behind a part say.
    pub(super) fn docs(&self, path: &[i32]) -> Docs {
        let Some(location) = self.locations.get(path) else { return Docs::new() };
        comments::docs(&[location.leading_comments(), location.trailing_comments()])
    }

    /// The same of a method. Where one has a body, the parser takes the comment behind that for the method's, even one that
    /// stands lines below; as everywhere else, it is the one in the line where the body begins, or in that where it ends.
    pub(super) fn docs_of_method(&self, path: &[i32]) -> Docs {
        let Some(location) = self.locations.get(path) else { return Docs::new() };
        let Range { start, end } = self.whole(path).span;
        let Some(body) = self.text[start..end].strip_suffix('}').and_then(depth::bracket) else {
            return self.docs(path);
        };
        let behind = |at: usize| comments::rest_of_line(&self.text[at..]);
        let is_single = !self.text[start + body..end].contains('\n');
        let at_end = behind(end).filter(|_| is_single);
        comments::docs(&[location.leading_comments(), behind(start + body + 1).or(at_end).unwrap_or_default()])
    }
}
