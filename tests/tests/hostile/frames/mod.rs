//! F: bytes that are no frames, and frames that cannot be.

mod answers;
mod heads;
mod names;
mod sessions;
mod strangers;

/// The codes of error frames (protocol §4.12).
const HELLO: u32 = 3;
const MALFORMED: u32 = 4;
const TOO_LONG: u32 = 5;
const UNEXPECTED: u32 = 6;
