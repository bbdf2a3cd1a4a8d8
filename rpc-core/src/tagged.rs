//! What `#[derive(Tagged)]` keeps of a type: the number that stands for each of its fields, variants or values on wires
//! that have numbers in the place of names, such as those of protobuf and Thrift. Does not know how they are written.

use std::{error::Error, fmt};

/// A type whose fields, variants or values have numbers. Made by `#[derive(Tagged)]`, of four shapes:
///
/// ```
/// use rpc_core::{Shape, Tagged};
///
/// /// A struct: every field has a tag, apart from one that is a oneof, whose variants have them.
/// #[derive(Tagged)]
/// struct Payment {
///     #[rpc(tag = 1, required)]
///     order: u64,
///     #[rpc(tag = 2, as = "sint32")]
///     cents: i32,
///     #[rpc(oneof)]
///     means: Option<Means>,
/// }
///
/// /// A oneof, or a union: every variant has a tag.
/// #[derive(Tagged)]
/// enum Means {
///     #[rpc(tag = 3)]
///     Card(String),
///     #[rpc(tag = 5)]
///     Cash,
/// }
///
/// assert_eq!((Payment::SHAPE, Payment::TAGS.len()), (Shape::Struct, 3));
/// assert_eq!((Payment::TAGS[0].name, Payment::TAGS[0].number), ("order", Some(1)));
/// assert_eq!(Payment::TAGS[1].written, Some("sint32"));
/// assert_eq!(Payment::TAGS[2].choices, Means::TAGS);
/// ```
///
/// An enum whose variants hold nothing is one of numbers. It becomes its number and is made of it, which serde can be
/// told, so that a value that was added later is no error for whoever does not know it yet:
///
/// ```
/// use rpc_core::{Tagged, UnknownNumber};
/// use serde::{Deserialize, Serialize};
///
/// /// Open: a number that is not known is kept.
/// #[derive(Clone, Debug, PartialEq, Tagged, Serialize, Deserialize)]
/// #[serde(from = "i32", into = "i32")]
/// enum Color {
///     #[rpc(tag = 0)]
///     Red,
///     #[rpc(tag = 1)]
///     Green,
///     #[rpc(unknown)]
///     Other(i32),
/// }
///
/// /// Closed: a number that is not known is refused.
/// #[derive(Clone, Debug, PartialEq, Tagged, Serialize, Deserialize)]
/// #[serde(try_from = "i32", into = "i32")]
/// enum Side {
///     #[rpc(tag = 1)]
///     Buy,
///     #[rpc(tag = -1)]
///     Sell,
/// }
///
/// assert_eq!([0, 7].map(Color::from), [Color::Red, Color::Other(7)]);
/// assert_eq!([Color::Green, Color::Other(7)].map(i32::from), [1, 7]);
/// assert_eq!(Side::try_from(-1), Ok(Side::Sell));
/// assert_eq!(Side::try_from(7), Err(UnknownNumber { name: "Side", number: 7 }));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no tags",
    label = "a oneof is an enum below `#[derive(rpc_core::Tagged)]`"
)]
pub trait Tagged {
    /// What the tags are of.
    const SHAPE: Shape;
    /// What there is, in the order of declaration.
    const TAGS: &'static [Tag];
}

/// Absent or not, the tags are the same.
impl<T: Tagged> Tagged for Option<T> {
    const SHAPE: Shape = T::SHAPE;
    const TAGS: &'static [Tag] = T::TAGS;
}

impl<T: Tagged> Tagged for Box<T> {
    const SHAPE: Shape = T::SHAPE;
    const TAGS: &'static [Tag] = T::TAGS;
}

/// What the tags of a type are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Fields, all of which a value has.
    Struct,
    /// Variants, of which a value is one.
    OneOf,
    /// Numbers, of which a value is one: an enum in which no variant holds anything, but for an unknown number.
    Numbers,
}

/// A field of a struct, a variant of a oneof, or a value of an enum of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tag {
    /// The name in Rust, without `r#`.
    pub name: &'static str,
    /// The number: `#[rpc(tag = 1)]`. A field that is a oneof has none.
    pub number: Option<i32>,
    /// Whether it has to be there: `#[rpc(required)]`.
    pub required: bool,
    /// How the IDL writes the type, where Rust's does not tell: `#[rpc(as = "sint32")]`.
    pub written: Option<&'static str>,
    /// The variants of a field that is a oneof, `#[rpc(oneof)]`; of everything else, none.
    pub choices: &'static [Self],
}

impl Tag {
    /// A tag that is not required, of a type that tells how it is written.
    #[must_use]
    pub const fn new(name: &'static str, number: i32) -> Self {
        Self { name, number: Some(number), required: false, written: None, choices: &[] }
    }

    /// A field that is one of `choices`.
    #[must_use]
    pub const fn oneof(name: &'static str, choices: &'static [Self]) -> Self {
        Self { name, number: None, required: false, written: None, choices }
    }

    /// The same tag, which has to be there.
    #[must_use]
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// The same tag of a type that the IDL writes so.
    #[must_use]
    pub const fn written(self, written: &'static str) -> Self {
        Self { written: Some(written), ..self }
    }

    /// Whether this, or a choice of it, has a number.
    const fn has(&self, number: i32) -> bool {
        let mut at = 0;
        while at < self.choices.len() {
            if self.choices[at].has(number) {
                return true;
            }
            at += 1;
        }
        matches!(self.number, Some(own) if own == number)
    }
}

/// Whether no choice of `tags[at]`, a oneof, has a number that a field or an earlier oneof of `tags` has.
#[must_use]
pub const fn is_apart(tags: &[Tag], at: usize) -> bool {
    let choices = tags[at].choices;
    let (least, most) = bounds(choices);
    let mut other = 0;
    while other < tags.len() {
        // The numbers of a oneof mostly follow each other: few others lie between them, and only those are compared.
        let is_near = !matches!(tags[other].number, Some(number) if number < least || number > most);
        let is_compared = is_near && (other < at || tags[other].choices.is_empty());
        let mut choice = 0;
        while is_compared && choice < choices.len() {
            if matches!(choices[choice].number, Some(number) if tags[other].has(number)) {
                return false;
            }
            choice += 1;
        }
        other += 1;
    }
    true
}

/// The least and the greatest of their numbers.
const fn bounds(tags: &[Tag]) -> (i32, i32) {
    let (mut least, mut most) = (i32::MAX, i32::MIN);
    let mut at = 0;
    while at < tags.len() {
        if let Some(number) = tags[at].number {
            if number < least {
                least = number;
            }
            if number > most {
                most = number;
            }
        }
        at += 1;
    }
    (least, most)
}

/// A number that no value of a closed enum has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownNumber {
    /// The enum's name in Rust.
    pub name: &'static str,
    /// The number.
    pub number: i32,
}

impl fmt::Display for UnknownNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is no value of `{}`", self.number, self.name)
    }
}

impl Error for UnknownNumber {}

#[cfg(test)]
mod tests {
    use super::*;

    const MEANS: [Tag; 2] = [Tag::new("card", 3), Tag::new("cash", 5)];
    const NONE_OF_THEM: [Tag; 2] = [Tag::new("sent", 4), Tag::new("kept", 2)];
    const ONE_OF_THEM: [Tag; 2] = [Tag::new("sent", 4), Tag::new("kept", 5)];

    #[test]
    fn a_oneof_is_apart_if_no_field_and_no_oneof_before_it_has_a_tag_of_it() {
        let apart = |other: Tag| is_apart(&[Tag::new("first", 1), other, Tag::oneof("means", &MEANS)], 2);
        assert!(apart(Tag::new("other", 4)));
        assert!(!apart(Tag::new("other", 3)));
        assert!(!apart(Tag::new("other", 5).required().written("sint32")));
        assert!(apart(Tag::oneof("other", &NONE_OF_THEM)));
        assert!(!apart(Tag::oneof("other", &ONE_OF_THEM)));
        assert!(apart(Tag::oneof("other", &[])));
        assert!(!is_apart(&[Tag::oneof("means", &MEANS), Tag::new("after", 5)], 0));
        assert!(is_apart(&[Tag::oneof("means", &MEANS), Tag::oneof("told there", &MEANS)], 0));
    }

    #[test]
    fn an_unknown_number_is_told_with_the_enum() {
        assert_eq!(UnknownNumber { name: "Color", number: -7 }.to_string(), "-7 is no value of `Color`");
    }
}
