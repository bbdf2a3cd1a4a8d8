//! What is too long, too deep or too much, and what is long but no trouble.

use super::{load_text, load_texts, rendered};

/// Lines made of their numbers.
fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(|number| line(number) + "\n").collect()
}

/// The message of all that is wrong.
#[track_caller]
fn message(text: &str) -> String {
    let session = load_text(text);
    assert!(session.has_errors() && session.diagnostics.len() == 1, "{}", rendered(&session));
    session.diagnostics[0].message.clone()
}

#[test]
fn types_and_values_are_nested_so_deep_and_no_deeper() {
    let ty = |depth: usize| format!("typedef {}i32{} A", "list<".repeat(depth), ">".repeat(depth));
    assert!(!load_text(&ty(64)).has_errors());
    assert_eq!(message(&ty(65)), "types are nested more than 64 deep");
    let value = |depth: usize| {
        let lists = ["typedef list<list<list<list<i32>>>> A4", "typedef list<list<list<list<A4>>>> A8"].join("\n");
        let sixteen = "typedef list<list<list<list<list<list<list<list<A8>>>>>>>> A16\ntypedef list<i32> B\n";
        let name = if depth == 16 { "A16" } else { "B" };
        format!("{lists}\n{sixteen}const {name} X = {}{}", "[".repeat(depth), "]".repeat(depth))
    };
    assert!(!load_text(&value(16)).has_errors());
    assert_eq!(message(&value(66)), "values are nested more than 64 deep");
}

#[test]
fn names_and_packages_have_so_many_letters_and_no_more() {
    let named = |len: usize| format!("struct {} {{}}", "a".repeat(len));
    assert!(!load_text(&named(255)).has_errors());
    assert_eq!(message(&named(256)), "a name has more than 255 letters");
    let package = |len: usize| format!("namespace rs {}", "a".repeat(len));
    assert!(!load_text(&package(255)).has_errors());
    assert_eq!(message(&package(256)), "the name of a package has more than 255 letters");
}

#[test]
fn a_chain_of_includes_has_an_end() {
    let chain = |len: usize| {
        let text = |at| if at < len { format!("include 'f{}.thrift'", at + 1) } else { String::new() };
        let texts: Vec<(String, String)> = (0..=len).map(|at| (format!("f{at}.thrift"), text(at))).collect();
        let texts: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (&**path, &**text)).collect();
        load_texts(&texts, &["f0.thrift"])
    };
    assert_eq!(chain(127).files.len(), 128);
    assert_eq!(chain(128).diagnostics[0].message, "files include each other more than 128 deep");
}

#[test]
fn a_chain_of_services_has_an_end() {
    let chain =
        |len: usize| lines(len, |at| format!("service S{} extends S{at} {{ void m{at}() }}", at + 1)) + "service S0 {}";
    assert_eq!(load_text(&chain(64)).files[0].services[63].methods.len(), 64);
    assert_eq!(message(&chain(65)), "services extend each other more than 64 deep");
}

#[test]
fn services_inherit_so_many_methods_and_no_more() {
    let methods = format!("service Large {{\n{}}}\n", lines(4096, |at| format!("void m{at}()")));
    let services = |count: usize| methods.clone() + &lines(count, |at| format!("service S{at} extends Large {{}}"));
    assert!(!load_text(&services(16)).has_errors());
    assert_eq!(message(&services(17)), "services inherit more than 65536 methods");
}

#[test]
fn constants_stand_for_each_other_so_deep_and_no_deeper() {
    let chain =
        |len: usize| lines(len, |at| format!("const i32 A{at} = A{}", at + 1)) + &format!("const i32 A{len} = 7");
    let too_deep = "constants stand for each other more than 64 deep";
    for ty in ["i32", "i64"] {
        assert!(!load_text(&format!("{}\nconst {ty} X = A0", chain(63))).has_errors());
        assert_eq!(message(&format!("{}\nconst {ty} X = A0", chain(64))), too_deep);
    }
    assert!(!load_text(&chain(64)).has_errors());
    assert_eq!(message(&chain(65)), too_deep);
    assert_eq!(message(&chain(50_000)), too_deep);
    assert_eq!(message(&(chain(64) + "\nstruct S { 1: list<i32> a = [A0] }")), too_deep);
}

#[test]
fn of_many_mistakes_some_are_shown_and_the_rest_is_counted() {
    let session = load_text(&lines(100, |at| format!("typedef Nothing{at} T{at}")));
    assert_eq!(session.diagnostics.len(), 41);
    assert_eq!(session.diagnostics[40].message, "60 more mistakes in this file are not shown");
    let session = load_text(&lines(100, |at| format!("struct S{at} {{ i32 a }}")));
    assert_eq!(session.diagnostics.len(), 41);
    assert!(!session.has_errors() && session.files.len() == 1);
}

#[test]
fn an_error_is_not_lost_behind_many_warnings() {
    let session = load_text(&(lines(100, |at| format!("struct S{at} {{ i32 a }}")) + "typedef Nothing T"));
    assert!(session.has_errors());
}

#[test]
fn long_chains_of_typedefs_are_no_trouble() {
    let count = 50_000;
    let typedefs = lines(count, |at| format!("typedef T{} T{at}", at + 1)) + &format!("typedef i8 T{count}\n");
    let session = load_text(&(typedefs + "const T0 C = 1"));
    assert_eq!(rendered(&session), "");
    assert_eq!(session.files[0].items.len(), count + 2);
}

#[test]
fn many_marks_of_the_byte_order_are_no_trouble() {
    assert_eq!(message(&"\u{feff}".repeat(1_000_000)), "expected a definition, found `\u{feff}`");
}

#[test]
fn typedefs_that_double_each_other_are_no_trouble() {
    let doubled = lines(200, |at| format!("typedef map<T{at}, T{at}> T{}", at + 1));
    let text = format!("typedef i32 T0\n{doubled}const T200 A = {{}}\nconst T200 B = A\nconst T199 C = A");
    let session = load_text(&text);
    assert_eq!(session.diagnostics.len(), 1);
    assert!(session.diagnostics[0].message.len() < 1000);
}
