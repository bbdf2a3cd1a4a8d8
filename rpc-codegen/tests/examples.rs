//! The generated code of the examples is up to date, as the command says that they tell people to run.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

/// The command of an example, from the comment of its program, as `arguments`; run as it stands there.
fn command(program: &Path) -> Vec<String> {
    let text = fs::read_to_string(program).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("//! cargo run -p rpc-codegen -- generate "));
    let line = line.unwrap_or_else(|| panic!("{} has no such command", program.display()));
    line.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn the_generated_code_of_the_examples_is_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for name in ["from_proto", "from_thrift"] {
        let arguments = command(&root.join("examples").join(name).join("main.rs"));
        assert!(arguments.contains(&format!("examples/{name}/generated")), "{arguments:?}");
        let mut check = Command::new(env!("CARGO_BIN_EXE_rpc-codegen"));
        let check = check.arg("generate").args(&arguments).arg("--check").current_dir(root).stdin(Stdio::null());
        let output = check.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && said.ends_with("all up to date\n"), "{name}: {said}");
    }
}
