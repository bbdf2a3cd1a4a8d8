//! M-1 to M-3: words of the peer's region that say what cannot be, change at any time, or change while they are looked at.

use std::time::{Duration, Instant};

use rpc_core::{Code, Limits};
use rpc_tests::{Desk, Seeded, within};

use super::{Case, Field, SOON, siege, siege_of};
use crate::specimens::{Collection, SpecimensServer};

/// Cells of the attacker's ring, and the longest frame of it.
const CELLS: u64 = 64;
const LONGEST: u64 = 16 << 10;
/// Where the last frame of 200 bytes can begin in its area, in granules of 64 bytes.
const LAST_PLACE: u64 = (64 << 10) / 64 - 4;

/// Values at which something may go wrong.
const BOUNDARIES: [u64; 14] = [
    0,
    1,
    2,
    3,
    CELLS - 1,
    CELLS,
    CELLS + 1,
    CELLS + 2,
    1 << 31,
    (1 << 32) - 1,
    1 << 32,
    1 << 63,
    u64::MAX - 1,
    u64::MAX,
];

/// What becomes of a call after the attacker has set `word` to `value`: the word that is complained of, with the least and
/// most that it could say; `None` where there is nothing to complain of.
type Expected = fn(u64) -> Option<(u64, u64)>;

/// Words that end the link where they say what cannot be. At that time one of the other side's cells was taken, its
/// hello's, and one more was committed.
const CHECKED: [(&str, Expected); 3] = [
    ("taken", |value| (!(1..=2).contains(&value)).then_some((1, 2))),
    ("length", |value| (value & 0xffff_ffff > LONGEST).then_some((0, LONGEST))),
    ("place", |value| (value & 0xffff_ffff > LAST_PLACE).then_some((0, LAST_PLACE))),
];

/// The values that a word is set to: those at its own bounds as well.
fn values(word: &str) -> Vec<u64> {
    let (own, bits) = match word {
        "length" => (vec![15, 16, 112, 113, LONGEST, LONGEST + 1], 32),
        "place" => (vec![LAST_PLACE, LAST_PLACE + 1], 32),
        _ => (vec![], 64),
    };
    BOUNDARIES.into_iter().chain(own).filter(|value| value.checked_shr(bits).unwrap_or(0) == 0).collect()
}

#[test]
fn m01_a_word_that_says_what_cannot_be_ends_the_link_to_a_server_with_word_and_value() {
    siege(
        m01_a_word_that_says_what_cannot_be_ends_the_link_to_a_server_with_word_and_value,
        Limits::default(),
        async |field| {
            for (word, expected) in CHECKED {
                let mut cases = Vec::new();
                for value in values(word) {
                    let attempt = format!("word={word},value={value}");
                    if let Some((least, most)) = expected(value) {
                        let why =
                            format!("the word `{word}` of the peer's ring says {value}, and {least} to {most} is");
                        cases.push(Case { attempt, said: "closed".to_owned(), why });
                        continue;
                    }
                    let said = field.attacked("poke", [attempt]).await;
                    // Of a frame of another length, or somewhere else, it is the frame that is wrong.
                    let expected = if word == "taken" { ["answered"; 3] } else { ["error ", "status 3: ", "answered"] };
                    assert!(expected.iter().any(|text| said[0].starts_with(text)), "`{word}` is {value}: {said:?}");
                }
                field.provokes("poke", cases).await;
            }
        },
    );
}

#[test]
fn m01_words_that_are_only_compared_may_say_anything() {
    siege(m01_words_that_are_only_compared_may_say_anything, Limits::default(), async |field| {
        for word in ["wake at", "space at", "number"] {
            // A cell with the number 3 is there.
            let values = BOUNDARIES.into_iter().filter(|value| word != "number" || *value != 3);
            let said = field.attacked("poke", values.map(|value| format!("word={word},value={value}"))).await;
            assert!(said.iter().all(|said| said == "answered"), "{word}: {said:?}");
        }
    });
}

#[test]
fn m01_a_word_that_says_what_cannot_be_ends_the_link_of_a_client_with_word_and_value() {
    siege(
        m01_a_word_that_says_what_cannot_be_ends_the_link_of_a_client_with_word_and_value,
        Limits::default(),
        async |field| {
            for (word, expected) in CHECKED {
                for value in values(word).into_iter().filter(|value| word == "taken" || expected(*value).is_some()) {
                    poke_at_client(field, word, value, expected(value)).await;
                }
            }
        },
    );
}

/// A client whose server sets `word` to `value` says so to whom it has called, or in its log where the call was not sent
/// and is worth another attempt.
async fn poke_at_client(field: &Field<'_>, word: &str, value: u64, expected: Option<(u64, u64)>) {
    let start = Instant::now();
    loop {
        let (server, url) = field.hostile_server("poke", [format!("word={word},value={value}")]).await;
        let client = field.client_of(&url);
        let mut error = None;
        for _ in 0..3 {
            error = error.or(within("a call", client.bytes(vec![7; 200])).await.err());
        }
        let said = within("the server", server.end()).await;
        let Some((least, most)) = expected else {
            assert!(error.is_none() && said == ["answered"], "`{word}` is {value}: {error:?}, {said:?}");
            return;
        };
        let error = error.expect("a call fails");
        assert_eq!(error.code(), Some(Code::Unavailable), "{error}");
        let why = format!("the word `{word}` of the peer's ring says {value}, and {least} to {most} is possible");
        if error.to_string().contains(&why) || field.log.has(&why) {
            return;
        }
        // Not every line is said where there are many.
        assert!(start.elapsed() < SOON, "`{word}` is {value}: {error}, {:?}", field.log);
    }
}

/// Words to scribble on: alone, and all of them.
const WORDS: [&str; 7] = ["wake at", "space at", "taken", "number", "extent", "payload", "all"];

#[test]
fn m02_a_region_that_says_anything_at_any_time_costs_a_server_its_link_and_nothing_else() {
    siege(
        m02_a_region_that_says_anything_at_any_time_costs_a_server_its_link_and_nothing_else,
        Limits::default(),
        async |field| {
            // As many as they make.
            field.target.expect_peers(1_000_000);
            let seed = Seeded::anew().below(1 << 20);
            for words in WORDS.chunks(2) {
                let attempt = |words| format!("words={words},millis=600,seed={seed}");
                let attackers = words.iter().map(|words| field.attackers("scribble", [attempt(words)]));
                for attacker in attackers.collect::<Vec<_>>() {
                    let said = within("the attacker", attacker.end()).await.pop().unwrap();
                    assert!(!said.starts_with("0 links"), "{words:?}: {said}");
                    // Whatever these two say, they end nothing.
                    assert!(words != ["wake at", "space at"] || said.starts_with("1 links"), "{words:?}: {said}");
                }
            }
        },
    );
}

#[test]
fn m02_a_region_that_says_anything_at_any_time_costs_a_client_its_calls_and_nothing_else() {
    siege(
        m02_a_region_that_says_anything_at_any_time_costs_a_client_its_calls_and_nothing_else,
        Limits::default(),
        async |field| {
            let seed = Seeded::anew().below(1 << 20);
            for (words, calls) in [("space at", 1_000), ("all", 100)] {
                let attempt = format!("words={words},millis=60000,seed={seed}");
                let (server, url) = field.hostile_server("scribble", [attempt]).await;
                let client = field.client_of(&url);
                let mut answered = 0;
                for id in 0..calls {
                    let call = client.note(id).timeout(Duration::from_millis(if words == "all" { 20 } else { 5_000 }));
                    match within("a call", call.wait_for_ready()).await {
                        Ok(_) => answered += 1,
                        Err(error) => {
                            let codes = [Code::Unavailable, Code::DeadlineExceeded, Code::Internal];
                            assert!(error.code().is_some_and(|code| codes.contains(&code)), "{error}");
                        }
                    }
                }
                assert!(words == "all" || answered == calls, "{answered} of {calls} calls are answered");
                server.kill().await;
            }
        },
    );
}

#[test]
fn m03_a_length_that_changes_while_it_is_read_is_right_or_ends_the_link() {
    siege(m03_a_length_that_changes_while_it_is_read_is_right_or_ends_the_link, Limits::default(), async |field| {
        field.target.expect_peers(60);
        let said = field.attacked("toggle", ["what=length,calls=60"]).await;
        assert!(said[0].contains(", 0 refused, ") && !said[0].starts_with("0 "), "{said:?}");
        // Each request ran once, or its link was ended before.
        let ran = field.target.desk().ledger().len();
        assert!(said[0].starts_with(&format!("{ran} answered")), "{ran} ran, and {said:?}");
        if !said[0].contains(" 0 ended") {
            field.log.tells("the word `length` of the peer's ring says 4294967295").await;
        }
    });
}

#[test]
fn m03_a_text_that_changes_while_it_is_read_is_judged_by_the_copy_that_is_decoded() {
    siege_of(
        m03_a_text_that_changes_while_it_is_read_is_judged_by_the_copy_that_is_decoded,
        Limits::default(),
        |server| server.add(SpecimensServer::new(Collection(Desk::default()))),
        async |field| {
            let said = field.attacked("toggle", ["what=text,calls=60"]).await;
            assert!(said[0].ends_with(", 0 ended"), "{said:?}");
        },
    );
}

#[test]
fn m01_a_word_that_is_wrong_before_the_hello_is_named() {
    siege(m01_a_word_that_is_wrong_before_the_hello_is_named, Limits::default(), async |field| {
        // A server's hello does not stand in a cell: before it is sent, there is a look at what was taken.
        assert_eq!(field.attacked("early", [""]).await, ["closed"]);
        field.log.tells("the word `taken` of the peer's ring says 18446744073709551615, and 0 to 0 is possible").await;
    });
}
