//! What is generated beside services: the numbers of fields, values and variants, defaults, constants.

use rpc_core::{Shape, Tag, Tagged};
use rpc_idl_tests::{
    everything::{
        thrift::{self, Choice, Defaults, Needy},
        v1::{self, Scalars, Shapes},
    },
    external,
    hard::defaults,
    parts, well_known_as_messages,
};

fn numbers(tags: &'static [Tag]) -> Vec<(&'static str, Option<i32>)> {
    tags.iter().map(|tag| (tag.name, tag.number)).collect()
}

#[test]
fn fields_have_the_numbers_of_the_idl_and_how_it_writes_their_types() {
    assert_eq!(Scalars::SHAPE, Shape::Struct);
    let written: Vec<_> = Scalars::TAGS.iter().map(|tag| (tag.number, tag.written)).collect();
    let as_declared = [
        None,
        None,
        None,
        None,
        Some("sint32"),
        Some("sint64"),
        Some("fixed32"),
        Some("fixed64"),
        Some("sfixed32"),
        Some("sfixed64"),
        None,
        None,
        None,
        None,
        None,
        None,
    ];
    assert_eq!(written, (1..).map(Some).zip(as_declared).collect::<Vec<_>>());
    assert_eq!(numbers(parts::Point::TAGS), [("x", Some(1)), ("y", Some(2))]);
    let reals = thrift::Shapes::TAGS.iter().find(|tag| tag.name == "reals").unwrap();
    assert_eq!((reals.number, reals.written), (Some(7), Some("set<double>")));
}

#[test]
fn a_oneof_has_the_numbers_of_its_variants() {
    let either = Shapes::TAGS.iter().find(|tag| tag.name == "either").unwrap();
    let expected = [("Text", 20), ("Number", 18), ("Shapes", 19), ("Nothing", 21), ("Blob", 22), ("Level", 23)];
    assert_eq!((either.number, numbers(either.choices)), (None, expected.map(|(name, it)| (name, Some(it))).to_vec()));
    assert_eq!(Choice::SHAPE, Shape::OneOf);
    let expected = [("Id", 1), ("Name", 2), ("Shapes", 4), ("Raw", 7), ("Several", 8)];
    assert_eq!(numbers(Choice::TAGS), expected.map(|(name, number)| (name, Some(number))));
}

#[test]
fn values_of_enums_are_their_numbers_and_further_names_are_constants() {
    assert_eq!(numbers(v1::Level::TAGS), [("Unspecified", Some(0)), ("Low", Some(1)), ("High", Some(-5))]);
    assert_eq!((v1::Level::LEAST, thrift::Level::HIGHEST), (v1::Level::Low, thrift::Level::High));
    assert_eq!([-5, 0, 2].map(v1::Level::from), [v1::Level::High, v1::Level::Unspecified, v1::Level::Unrecognized(2)]);
    assert_eq!((v1::Level::default(), thrift::Level::default()), (v1::Level::Unspecified, thrift::Level::Low));
}

#[test]
fn an_enum_of_proto2_refuses_numbers_that_it_has_not_declared() {
    assert_eq!(defaults::Color::try_from(7).ok(), Some(defaults::Color::Error));
    assert_eq!(defaults::Color::try_from(8).unwrap_err().to_string(), "8 is no value of `Color`");
}

#[test]
fn what_is_required_has_to_be_there() {
    // Without an `Option` around any of them; and what is not there is at its default.
    let needed = defaults::Defaults {
        must: defaults::Color::Green,
        needed: b"abc".to_vec(),
        inside: defaults::DefaultsInside::default(),
        ..defaults::Defaults::default()
    };
    let required = defaults::Defaults::TAGS.iter().filter(|tag| tag.required);
    assert_eq!(required.map(|tag| tag.number).collect::<Vec<_>>(), [Some(34), Some(35), Some(36)]);
    assert_eq!((needed.i, needed.i()), (None, i32::MIN));
    let required: Vec<&str> = Defaults::TAGS.iter().filter(|tag| tag.required).map(|tag| tag.name).collect();
    assert_eq!(required, ["text"]);
    let text: &str = &Defaults::default().text;
    assert_eq!(text, "good \"morning\"");
}

#[test]
fn a_default_has_the_values_of_the_idl() {
    let defaults = Defaults::default();
    assert_eq!((defaults.number, defaults.level, &*defaults.ids), (7, thrift::Level::High, &[1, 1_000_000][..]));
    assert_eq!((defaults.point, defaults.yes, defaults.zero), (parts::thrift::Point { x: 0, y: 4 }, true, 0));
}

#[test]
fn what_may_be_absent_is_read_by_a_method_as_itself_or_its_default() {
    let absent = Defaults::default();
    assert_eq!((absent.real, absent.real()), (None, 3.25));
    assert_eq!((absent.names(), absent.nick()), (vec!["a".to_owned(), "b".to_owned()], "none"));
    assert_eq!((absent.odd(), absent.new_()), (thrift::Level::High, 8));
    let present = Defaults { real: Some(1.5), names: Some(vec![]), nick: Some("nick".to_owned()), ..absent };
    assert_eq!((present.real(), present.names(), present.nick()), (1.5, vec![], "nick"));
}

#[test]
fn defaults_of_proto2_are_kept_to_the_last_digit() {
    let defaults = defaults::Defaults::default();
    assert_eq!((defaults.l(), defaults.u(), defaults.ul()), (i64::MIN, u32::MAX, u64::MAX));
    assert_eq!((defaults.f(), defaults.s()), (0o777, i32::MAX));
    assert_eq!((defaults.f1(), defaults.f2(), defaults.f5().to_bits()), (f32::INFINITY, f32::NEG_INFINITY, 1 << 31));
    assert!(defaults.f3().is_nan() && defaults.d2().is_nan());
    assert_eq!((defaults.d3(), defaults.d4()), (f64::MAX, f64::from_bits(1)));
    assert_eq!((defaults.t(), defaults.raw()), ("a\"b\\c\n\r\t\0\u{7f}é {} {0}", &b"\0\xff\n\"'\\"[..]));
    assert_eq!((defaults.c(), defaults.default_()), (defaults::Color::CRIMSON, "x"));
}

#[test]
fn where_a_union_is_needed_there_is_no_default_but_a_way_to_make_one() {
    let made = Needy::new(Choice::Id(1));
    assert_eq!(made, Needy { choice: Choice::Id(1), number: 3, name: None });
}

#[test]
fn constants_have_their_values_and_types() {
    const MOST: i32 = thrift::MOST;
    assert_eq!(
        (MOST, thrift::PI, thrift::GREETING, thrift::MAGIC),
        (1_000_000, 3.25, "good \"morning\"", &b"MAGIC"[..])
    );
    assert_eq!((thrift::NOBODY[0], thrift::NOBODY[15], thrift::USUAL), (0, 0xFF, thrift::Level::Low));
    assert_eq!((&**thrift::PRIMES, &*thrift::NAMED), (&[2, 3, 5][..], &Choice::Name("good \"morning\"".to_owned())));
    let corners = [("far", 9, 1), ("near", -1, 1_000_000)];
    let corners = corners.map(|(name, x, y)| (name.to_owned(), parts::thrift::Point { x, y }));
    assert_eq!(*thrift::CORNERS, corners.into());
}

#[test]
fn what_is_elsewhere_is_the_type_that_is_there() {
    let mine = external::everything::v1::Shapes { point: Some(parts::Point::default()), ..Default::default() };
    assert_eq!(mine.point, Shapes { point: mine.point.clone(), ..Shapes::default() }.point);
    assert_eq!(external::everything::thrift::CORNERS["far"], thrift::CORNERS["far"]);
}

#[test]
fn well_known_types_can_stay_messages() {
    let never = well_known_as_messages::google::protobuf::Duration { seconds: -1, nanos: -1 };
    let all = well_known_as_messages::hard::shapes::All { d: Some(never.clone()), ..Default::default() };
    assert_eq!(all.d, Some(never));
}
