//! How long it takes to read many IDL files and to generate their Rust.
//!
//! ```text
//! cargo run --release --manifest-path benches/Cargo.toml -p rpc-bench-codegen [FILES]
//! ```
//! Half of the files are `.proto`, half `.thrift`, each of some 80 lines with messages, an enum, a service and an import of
//! one before it. They are written to a temporary folder first; what is timed is what a build script waits for: files
//! read, parsed, resolved, rendered and compared with what is there. Each kind by itself, then both; the best of five.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rpc_codegen::configure;

/// How many files there are unless it is said.
const FILES: usize = 500;
const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let files = env::args().nth(1).map_or(Ok(FILES), |text| text.parse())?;
    let folder = env::temp_dir().join(format!("rpc-bench-codegen-{}", std::process::id()));
    let measured = measure(&folder, files / 2);
    fs::remove_dir_all(&folder)?;
    measured
}

fn measure(folder: &Path, each: usize) -> Result<(), Box<dyn Error>> {
    let proto = write(folder, "proto", each, proto)?;
    let thrift = write(folder, "thrift", each, thrift)?;
    println!("| files | lines | bytes | read and generated | files/s | lines of Rust |");
    println!("|---|--:|--:|--:|--:|--:|");
    for (name, inputs) in [("proto", vec![&proto]), ("thrift", vec![&thrift]), ("both", vec![&proto, &thrift])] {
        let out = folder.join(format!("out-{name}"));
        let mut best = Duration::MAX;
        let mut generated_lines = 0;
        for _ in 0..ROUNDS {
            let began = Instant::now();
            let generated = configure().generate(&inputs)?;
            generated.write(&out)?;
            best = best.min(began.elapsed());
            generated_lines = generated.files().values().map(|text| text.lines().count()).sum();
        }
        let texts = inputs.iter().map(|folder| texts(folder)).collect::<Result<Vec<_>, _>>()?.concat();
        let lines: usize = texts.iter().map(|text| text.lines().count()).sum();
        let bytes: usize = texts.iter().map(String::len).sum();
        let rate = texts.len() as f64 / best.as_secs_f64();
        println!("| {} {name} | {lines} | {bytes} | {best:.0?} | {rate:.0} | {generated_lines} |", texts.len());
    }
    Ok(())
}

fn write(folder: &Path, extension: &str, files: usize, text: fn(usize) -> String) -> Result<PathBuf, Box<dyn Error>> {
    let folder = folder.join(extension);
    fs::create_dir_all(&folder)?;
    for number in 0..files {
        fs::write(folder.join(format!("shop{number}.{extension}")), text(number))?;
    }
    Ok(folder)
}

fn texts(folder: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    fs::read_dir(folder)?.map(|entry| Ok(fs::read_to_string(entry?.path())?)).collect()
}

/// The file that another imports: chains of imports are short, as people's are.
fn before(number: usize) -> Option<usize> {
    (number > 0).then_some(number / 2)
}

/// Messages of a file, and those of another that they use.
fn proto(number: usize) -> String {
    let mut text = format!("syntax = \"proto3\";\n\n// Shop number {number}.\npackage shop.p{number};\n\n");
    let before = before(number);
    if let Some(before) = before {
        let _ = writeln!(text, "import \"shop{before}.proto\";");
    }
    text += "import \"google/protobuf/timestamp.proto\";\n\nenum Colour {\n  COLOUR_UNSPECIFIED = 0;\n";
    (1..8).for_each(|value| _ = writeln!(text, "  COLOUR_{value} = {value}; // number {value}"));
    text += "}\n";
    for message in 0..4 {
        let _ = writeln!(text, "\n// Item {message} of the shop.\nmessage Item{message} {{");
        text += "  string name = 1; // what it is called\n  int64 price = 2;\n  repeated string tags = 3;\n";
        text += "  map<string, int32> stock = 4;\n  google.protobuf.Timestamp since = 5;\n  Colour colour = 6;\n";
        text += "  oneof how { bytes picture = 7; string link = 8; }\n";
        if let Some(before) = before {
            let _ = writeln!(text, "  shop.p{before}.Item{message} like = 9;");
        }
        text += "}\n";
    }
    text += "\nmessage Query {\n  repeated Colour colours = 1;\n  optional int64 most = 2;\n}\n\nservice Shop {\n";
    for method in 0..4 {
        let _ = writeln!(text, "  // Finds what is looked for, way {method}.");
        let _ = writeln!(text, "  rpc Find{method}(Query) returns (stream Item{method});");
    }
    text + "}\n"
}

/// Likewise.
fn thrift(number: usize) -> String {
    let mut text = format!("/** Shop number {number}. */\nnamespace rs shop.t{number}\n\n");
    let before = before(number);
    if let Some(before) = before {
        let _ = writeln!(text, "include \"shop{before}.thrift\"");
    }
    text += "typedef i64 Cents\nconst Cents MOST = 100000\n\nenum Colour {\n";
    (1..8).for_each(|value| _ = writeln!(text, "  COLOUR_{value} = {value}, // number {value}"));
    text += "}\n\nexception NotThere { 1: required string name }\n\nunion Look { 1: binary picture, 2: string link }\n";
    for message in 0..4 {
        let _ = writeln!(text, "\n/** Item {message} of the shop. */\nstruct Item{message} {{");
        text += "  1: required string name // what it is called\n  2: Cents price = MOST\n  3: list<string> tags\n";
        text += "  4: map<string, i32> stock\n  5: optional i64 since\n  6: Colour colour = Colour.COLOUR_1\n";
        text += "  7: optional Look how\n";
        if let Some(before) = before {
            let _ = writeln!(text, "  9: optional shop{before}.Item{message} like");
        }
        text += "}\n";
    }
    text += "\nstruct Query {\n  1: set<Colour> colours\n  2: optional Cents most\n}\n\nservice Shop {\n";
    for method in 0..4 {
        let _ = writeln!(text, "  /** Finds what is looked for, way {method}. */");
        let _ = writeln!(text, "  list<Item{method}> find{method}(1: Query query) throws (1: NotThere missing)");
    }
    text + "}\n"
}
