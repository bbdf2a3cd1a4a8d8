//! The command line: what is asked for, what is shown, and how the program ends.

use std::{
    env,
    ffi::OsString,
    fmt::Display,
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;
use rpc_codegen::{Configure, Difference, Error, Generated, configure};

/// The files hold a mistake, or cannot be read or written.
pub(crate) const MISTAKE: u8 = 1;
/// With `--check`: what is there is not what would be generated.
const DIFFERENT: u8 = 3;

const EXIT_CODES: &str = "\
Exit codes:
  0  all is well; warnings do not count
  1  a mistake in the files, or one cannot be read or written
  2  the command line is not understood
  3  with --check: the files are not what would be generated";

const EXAMPLES: &str = "\
Examples:
  rpc-codegen generate idl --out src/generated
      all .proto and .thrift files in a folder
  rpc-codegen generate idl/*.proto idl/*.thrift --out src/generated --check
      whether the files are up to date, such as in CI; writes nothing
  rpc-codegen show bank.thrift
      what it would be, on the terminal";

const OF_GENERATE: &str = "\
Examples:
  rpc-codegen generate idl --out src/generated
  rpc-codegen generate idl/bank.thrift --out src/generated --check
  rpc-codegen generate api/v1/shop.proto --include api --include vendor --out src/generated
  rpc-codegen generate shop.proto --external common=::shared_types::common --out src/generated

In Rust then, with rpc-core, serde, and thiserror where methods throw, among the dependencies:
  #[path = \"generated/mod.rs\"]
  mod generated;";

const OF_SHOW: &str = "\
Examples:
  rpc-codegen show bank.thrift
  rpc-codegen show idl --include vendor | less";

const OF_COMPLETIONS: &str = "\
Examples:
  rpc-codegen completions bash > ~/.local/share/bash-completion/completions/rpc-codegen
  rpc-codegen completions fish > ~/.config/fish/completions/rpc-codegen.fish
  rpc-codegen completions zsh > ~/.zfunc/_rpc-codegen";

/// IDL files to Rust: .proto and .thrift in, a readable trait under #[service] out.
#[derive(Debug, Parser)]
#[command(version, after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"), max_term_width = 100)]
struct Line {
    #[command(subcommand)]
    command: Command,
    /// Whether what is said has colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes the Rust of IDL files: a file for each package, and mod.rs, which has them all
    #[command(after_help = format!("{OF_GENERATE}\n\n{EXIT_CODES}"))]
    Generate {
        #[command(flatten)]
        input: Input,
        /// The folder to write to; it is made if there is none, and what an earlier run left in it is removed
        #[arg(long, short, value_name = "DIR")]
        out: PathBuf,
        /// Writes nothing, but says what is not up to date
        #[arg(long)]
        check: bool,
    },
    /// Prints what would be generated
    #[command(after_help = format!("{OF_SHOW}\n\n{EXIT_CODES}"))]
    Show {
        #[command(flatten)]
        input: Input,
    },
    /// Prints what a shell needs to complete this command
    #[command(after_help = OF_COMPLETIONS)]
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Args, Debug)]
struct Input {
    /// Files that end in .proto or .thrift, or folders with such
    #[arg(required = true, value_name = "FILE|DIR")]
    inputs: Vec<PathBuf>,
    /// A folder to look for imports in; else the folders of the files
    #[arg(long, short = 'I', value_name = "DIR")]
    include: Vec<PathBuf>,
    /// A package whose code is elsewhere, and the module it is in
    #[arg(long, value_name = "PACKAGE=PATH", value_parser = external)]
    external: Vec<(String, String)>,
    /// Leaves google.protobuf's Duration, Timestamp, Empty and wrappers as structs
    #[arg(long)]
    well_known_as_messages: bool,
}

fn external(text: &str) -> Result<(String, String), String> {
    let (package, path) = text.split_once('=').ok_or("write PACKAGE=PATH, such as common=::shared_types::common")?;
    Ok((package.to_owned(), path.to_owned()))
}

impl Input {
    fn configure(&self) -> Configure {
        let mut configure = self.include.iter().fold(configure(), Configure::include);
        for (package, path) in &self.external {
            configure = configure.external(package, path);
        }
        if self.well_known_as_messages { configure.well_known_as_messages() } else { configure }
    }

    /// What is generated, once what there is to be said has been.
    fn generate(&self, colours: bool) -> Result<Generated, Error> {
        let generated = self.configure().generate(&self.inputs)?;
        generated.warnings(colours).iter().for_each(say);
        Ok(generated)
    }
}

/// Does what the command line asks for.
pub(crate) fn run() -> ExitCode {
    // Of what is said of the command line itself, too.
    let matches = Line::command().color(colour_asked_for(env::args_os())).get_matches();
    let line = Line::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let colours = has_colours(line.color);
    let ended = match &line.command {
        Command::Generate { input, out, check: false } => write(input, out.clone(), colours),
        Command::Generate { input, out, check: true } => check(input, out.clone(), colours),
        Command::Show { input } => show(input, colours),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Line::command(), "rpc-codegen", &mut script);
            Ok(print(&script))
        }
    };
    ended.unwrap_or_else(|error| {
        error.reports(colours).iter().for_each(say);
        say(&format!("nothing was generated: {}", counted(error.errors(), "mistake")));
        ExitCode::from(MISTAKE)
    })
}

fn write(input: &Input, out: PathBuf, colours: bool) -> Result<ExitCode, Error> {
    let generated = input.generate(colours)?;
    let differences = generated.differences(&out)?;
    generated.write(&out)?;
    let removed = differences.iter().filter(|it| matches!(it, Difference::Stale(_))).count();
    let changed = match differences.len() - removed {
        0 => "none".to_owned(),
        changed => changed.to_string(),
    };
    let removed = if removed > 0 { format!(", {removed} removed") } else { String::new() };
    say(&format!("{} in {}, {changed} changed{removed}", counted(generated.files().len(), "file"), out.display()));
    Ok(ExitCode::SUCCESS)
}

fn check(input: &Input, out: PathBuf, colours: bool) -> Result<ExitCode, Error> {
    let generated = input.generate(colours)?;
    let differences = generated.differences(&out)?;
    differences.iter().for_each(say);
    if differences.is_empty() {
        say(&format!("{} in {}, all up to date", counted(generated.files().len(), "file"), out.display()));
        return Ok(ExitCode::SUCCESS);
    }
    say(&"the same command without --check brings them up to date");
    Ok(ExitCode::from(DIFFERENT))
}

fn show(input: &Input, colours: bool) -> Result<ExitCode, Error> {
    let generated = input.generate(colours)?;
    let texts = generated.files().iter().map(|(name, text)| format!("// {name}\n{text}"));
    Ok(print(texts.collect::<Vec<_>>().join("\n").as_bytes()))
}

/// Prints to standard output. Who reads it may stop, as `head` does.
fn print(text: &[u8]) -> ExitCode {
    match io::stdout().lock().write_all(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            say(&format!("error: cannot print: {error}"));
            ExitCode::from(MISTAKE)
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Says something to a person, who may have gone.
fn say(text: &impl Display) {
    let _ = writeln!(io::stderr(), "{text}");
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// What `--color` says, before the line is understood as a whole.
fn colour_asked_for(arguments: impl Iterator<Item = OsString>) -> ColorChoice {
    let arguments: Vec<String> = arguments.map(|argument| argument.to_string_lossy().into_owned()).collect();
    let of = |at: usize, argument: &String| match argument.strip_prefix("--color")? {
        "" => arguments.get(at + 1)?.parse().ok(),
        value => value.strip_prefix('=')?.parse().ok(),
    };
    let asked_for = arguments.iter().enumerate().find_map(|(at, argument)| of(at, argument));
    asked_for.unwrap_or(ColorChoice::Auto)
}

/// On a terminal that has them, unless the user wants none: <https://no-color.org>.
fn has_colours(choice: ColorChoice) -> bool {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = || env::var_os("TERM").is_some_and(|value| value == "dumb");
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => io::stderr().is_terminal() && !is_set("NO_COLOR") && !is_dumb(),
    }
}
