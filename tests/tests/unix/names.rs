//! How long a path or a name may be, and how it is written.

use std::io::ErrorKind;

use rpc_tests::{LaboratoryClient, Setup, tidy, within};

use crate::{Scratch, bind, refusal};

/// A URL whose path has so many bytes.
fn path_of(scratch: &Scratch, len: usize) -> String {
    let start = scratch.url("");
    start.clone() + &"s".repeat(len + "unix://".len() - start.len())
}

fn name_of(len: usize) -> String {
    let unique = format!("unix://@rpc-tests-{}-", std::process::id());
    unique.clone() + &"s".repeat(len + "unix://@".len() - unique.len())
}

#[tokio::test]
async fn u05_a_path_may_have_107_bytes_and_a_name_too() {
    let scratch = Scratch::new();
    let setup = Setup::over("");
    // From some length on, the claim's own path is too long.
    let paths = (90..=107).map(|len| path_of(&scratch, len));
    for url in paths.chain([name_of(30), name_of(107)]) {
        let served = setup.serve_at(&url, |server| server).await;
        setup.client(&served).await.ping().await.unwrap();
        served.stop().await;
    }
    assert!(scratch.names().is_empty());
    within("the end of everything", tidy(&setup)).await;
}

#[tokio::test]
async fn u05_a_longer_one_is_refused_with_both_numbers_by_either_side() {
    let scratch = Scratch::new();
    for len in [108, 109, 300] {
        for (url, what) in [(path_of(&scratch, len), "path"), (name_of(len), "name")] {
            let expected = format!("the {what} has {len} bytes, and a socket's has at most 107");
            let error = refusal(&url).await;
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains(&expected), "{error}");
            let error = LaboratoryClient::connect(&url).await.unwrap_err();
            assert!(error.is_address() && error.to_string().contains(&expected), "{error}");
        }
    }
    assert!(scratch.names().is_empty());
}

#[tokio::test]
async fn u05_what_is_neither_an_absolute_path_nor_a_name_is_refused() {
    for (rest, why) in [
        ("relative.sock", "write `unix:///absolute/path` or `unix://@name`"),
        ("./relative.sock", "write `unix:///absolute/path`"),
        ("é", "write `unix:///absolute/path`"),
        ("@", "an abstract name is missing"),
        ("/", "must end in the name of a socket"),
        ("/tmp/", "must end in the name of a socket"),
        ("/tmp/.", "must end in the name of a socket"),
        ("/tmp/..", "must end in the name of a socket"),
        ("/tmp/a\0b", "there is a 0 in the path"),
    ] {
        let url = format!("unix://{rest}");
        let error = refusal(&url).await;
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{rest}");
        assert!(error.to_string().contains(why), "{rest}: {error}");
        let error = LaboratoryClient::connect(&url).await.unwrap_err();
        assert!(error.is_address() && error.to_string().contains(why), "{rest}: {error}");
    }
}

#[tokio::test]
async fn u05_an_abstract_name_belongs_to_who_has_it_and_leaves_no_file() {
    let url = name_of(40);
    let first = bind(&url).await.unwrap();
    assert_eq!(refusal(&url).await.kind(), ErrorKind::AddrInUse);
    drop(first);
    drop(bind(&url).await.unwrap());
}
