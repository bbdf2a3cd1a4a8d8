//! The program `rpc-codegen`: its command line is [`cli`], everything else the library.

use std::{
    panic::{self, AssertUnwindSafe},
    process::ExitCode,
};

mod cli;

fn main() -> ExitCode {
    // Whatever happens, what is shown is about the files; a panic is a mistake of ours, and says so in one line.
    panic::set_hook(Box::new(|panicked| {
        let what = panicked.payload_as_str().unwrap_or("nothing more is known");
        let place = panicked.location().map_or(String::new(), |place| format!(" ({place})"));
        eprintln!("error: this is a mistake in rpc-codegen itself: {what}{place}");
    }));
    panic::catch_unwind(AssertUnwindSafe(cli::run)).unwrap_or_else(|_| ExitCode::from(cli::MISTAKE))
}
