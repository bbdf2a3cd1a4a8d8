//! What the parser gets to see of a text.

use super::{file, said, session};
use crate::{
    frontend::protobuf::text::as_parsed,
    model::{ItemKind, Literal},
};

#[test]
fn the_largest_number_of_message_sets_is_the_end_of_extensions_and_nothing_else() {
    for (text, parsed) in [
        ("extensions 4 to 2147483646;", "extensions 4 to max       ;"),
        ("{ extensions 1, 4 to /* to */\n2147483646 ;", "{ extensions 1, 4 to /* to */\nmax        ;"),
        ("extensions 1 to 5, 9 to 2147483646 [x = 1];", "extensions 1 to 5, 9 to max        [x = 1];"),
    ] {
        assert_eq!(as_parsed(text), parsed);
    }
    for text in [
        "extensions 4 to 21474836460;",
        "extensions 4 to 2147483646x;",
        "extensions 4; reserved 5 to 2147483646;",
        "extensions 4 [a = \"to 2147483646\"];",
        "extensions 4 // to 2147483646\n;",
        "message extensions { reserved 5 to 2147483646; }",
        "\"extensions 4 to 2147483646;\"",
    ] {
        assert_eq!(as_parsed(text), text);
    }
}

#[test]
fn that_number_stays_in_strings_comments_and_enums() {
    let text = "package p; enum E { reserved 5 to 2147483646; ZERO = 0; }
        // From 1 to 2147483646.
        message A { optional string s = 1 [default = \"1 to 2147483646!\"]; }";
    let file = file(text);
    let message = file.items.iter().find(|item| item.full_name == "p.A").expect("it is declared");
    assert_eq!(message.named.docs, ["From 1 to 2147483646."]);
    let ItemKind::Message { fields, .. } = &message.kind else { panic!("{message:?}") };
    assert_eq!(fields[0].default, Some(Literal::String("1 to 2147483646!".to_owned())));
}

#[test]
fn a_longer_number_is_not_cut() {
    let session = session(&[("a.proto", "package p; message A { extensions 4 to 21474836460; }")]);
    assert!(session.has_errors(), "{}", said(&session));
}
