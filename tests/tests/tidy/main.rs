//! The rules of this repository, as tests. Each rule is a function from texts to findings, run over the repository in
//! one test and over small bad inputs in another, so that it is known to bite.
//!
//! | rules | where |
//! |---|---|
//! | which module may use which, read from `docs/architecture.md` | `arrows` |
//! | how long a file and a function may be | `sizes` |
//! | words that must not stand in some place, headers, names | `words` |
//! | where `#[cfg(feature …)]` may stand | `features` |
//! | what documents say of features, examples, folders and the ten steps | `documents` |
//! | links, cited sections, numbers of decisions | `links` |
//!
//! Nothing here knows what the code does. A finding says where, what, and what to do instead.

mod arrows;
mod documents;
mod features;
mod links;
mod sizes;
mod source;
mod words;

/// Fails with every finding, one on a line.
#[track_caller]
fn assert_none(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

/// Fails unless each expected part is in the finding at its place, and no finding is left over.
#[track_caller]
fn assert_bites(findings: &[String], expected: &[&str]) {
    let bitten = findings.iter().zip(expected).all(|(finding, part)| finding.contains(part));
    assert!(bitten && findings.len() == expected.len(), "found {findings:#?}, expected {expected:#?}");
}
