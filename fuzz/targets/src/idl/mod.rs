//! IDL files: any text is refused or becomes Rust, in which no name is there twice.
//!
//! `thrift` takes any text, to find what the parser does not stand. `idl` writes texts that are mostly right, with names that
//! are in each other's way, to get as far as what is printed. The parser of `.proto` files is not ours; it is reached by
//! texts that `idl` writes alone.

mod choosing;
mod proto_text;
mod sound;
mod thrift_text;

use crate::choices::Choices;

/// Any text as a `.thrift` file: it becomes Rust, or says what is wrong with it in a bounded number of bounded texts.
///
/// # Panics
/// Where that does not hold.
pub fn thrift(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    sound::generated(&[("any.thrift", &text)]);
}

/// Files that are mostly right, of either language, with imports: they become Rust in which no name is there twice, or say
/// what is wrong with them.
///
/// # Panics
/// Where that does not hold.
pub fn idl(bytes: &[u8]) {
    let mut choices = Choices(bytes);
    let (extension, write): (_, fn(&mut Choices<'_>, Option<&str>) -> String) = match choices.below(2) {
        0 => ("thrift", thrift_text::file),
        _ => ("proto", proto_text::file),
    };
    let (first, second) = (format!("first.{extension}"), format!("second.{extension}"));
    let (of_first, of_second) = (write(&mut choices, None), write(&mut choices, Some(&first)));
    sound::generated(&[(&second, &of_second), (&first, &of_first)]);
}
