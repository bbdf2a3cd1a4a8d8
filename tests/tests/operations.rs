//! docs/operations.md tells the truth: its tables of limits are compared with the code, row by row.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use rpc_core::Limits;

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the repository");
    fs::read_to_string(root.join(path)).expect("the file is there")
}

/// The rows of the table whose first column has this title, cell by cell.
fn table(title: &str) -> Vec<Vec<String>> {
    let text = read("docs/operations.md");
    let rows = text.lines().skip_while(|line| !line.starts_with(&format!("| {title} |"))).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect())
        .collect()
}

/// What a number or a time of the code reads like in the document.
fn written(value: &str) -> String {
    const MAX: &str = "18446744073709551615";
    match value.parse::<u64>() {
        _ if value.starts_with(MAX) => {
            if value.ends_with('s') {
                "never".into()
            } else {
                "none".into()
            }
        }
        Ok(number) if number >= 1 << 20 && number % (1 << 20) == 0 => format!("{} MiB", number >> 20),
        Ok(number) if number >= 16 << 10 && number % (1 << 10) == 0 => format!("{} KiB", number >> 10),
        Ok(number) => thousands(number),
        Err(_) => {
            let unit = value.trim_start_matches(|c: char| c.is_ascii_digit());
            let number = value[..value.len() - unit.len()].parse().expect("a whole number of a unit of time");
            format!("{} {unit}", thousands(number))
        }
    }
}

fn thousands(number: u64) -> String {
    if number < 1_000 { number.to_string() } else { format!("{},{:03}", number / 1_000, number % 1_000) }
}

/// Every field of [`Limits`] with its default, from what `Debug` shows of them.
fn defaults() -> BTreeMap<String, String> {
    let shown = format!("{:?}", Limits::default());
    let (mut fields, mut within) = (BTreeMap::new(), "");
    for part in shown.trim_start_matches("Limits { ").split([',', '}']) {
        let Some((name, value)) = part.trim().split_once(": ") else { continue };
        let (name, value) = match value.strip_prefix("DecodeLimits { ") {
            Some(first) => {
                within = "decode.";
                first.split_once(": ").expect("a first field")
            }
            None => (name, value),
        };
        fields.insert(format!("{within}{name}"), written(value));
    }
    fields
}

#[test]
fn every_limit_is_in_the_table_with_its_default_and_no_other_is() {
    let documented: BTreeMap<String, String> =
        table("limit").into_iter().map(|row| (row[0].clone(), row[2].clone())).collect();
    assert!(documented.len() > 20, "the table was not found");
    assert_eq!(documented, defaults());
}

#[test]
fn every_limit_has_a_method_that_sets_it() {
    let source = read("rpc-core/src/limits.rs");
    let builder = source.split_once("builder! {").expect("the list of methods").1.split_once('}').expect("its end").0;
    let methods: Vec<&str> = builder.lines().filter_map(|line| Some(line.trim().split_once(':')?.0)).collect();
    let fields: Vec<String> = defaults().into_keys().collect();
    let fields: Vec<&str> = fields.iter().map(|field| field.split('.').next().expect("a name")).collect();
    for field in &fields {
        assert!(methods.contains(field), "`Limits::{field}` is missing");
    }
    assert!(methods.iter().all(|method| fields.contains(method)), "{methods:?}");
}

#[test]
fn numbers_without_a_knob_are_those_of_the_code() {
    let rows = table("number");
    assert!(rows.len() > 5, "the table was not found");
    for row in rows {
        let source = read(&format!("rpc-core/src/{}", row[2]));
        let line = source.lines().find(|line| line.contains(&format!("const {}: Duration = ", row[0])));
        let line = line.unwrap_or_else(|| panic!("`{}` is not in {}", row[0], row[2]));
        let call = line.split_once("Duration::from_").expect("a duration").1;
        let (unit, number) = call.trim_end_matches(");").split_once('(').expect("a call");
        let number = number.parse().expect("a number");
        let value = if unit == "secs" { Duration::from_secs(number) } else { Duration::from_millis(number) };
        assert_eq!(row[1], written(&format!("{value:?}")), "`{}`", row[0]);
    }
}
