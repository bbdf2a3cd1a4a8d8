//! What the model says of good files.

use super::{file, load_text, load_texts, rendered};
use crate::model::{EnumValue, Fails, Field, File, Item, ItemKind, Literal, Named, Presence, Type};

#[track_caller]
fn item<'a>(file: &'a File, name: &str) -> &'a Item {
    file.items.iter().find(|item| item.named.name == name).unwrap_or_else(|| panic!("there is no {name}"))
}

#[track_caller]
fn fields<'a>(file: &'a File, name: &str) -> &'a [Field] {
    match &item(file, name).kind {
        ItemKind::Message { fields, .. } | ItemKind::Choice(fields) | ItemKind::Failure(fields) => fields,
        other => panic!("{name} has no fields: {other:?}"),
    }
}

#[track_caller]
fn values<'a>(file: &'a File, name: &str) -> &'a [EnumValue] {
    let ItemKind::Enum(found) = &item(file, name).kind else { panic!("{name} is no enum") };
    &found.values
}

/// The value of the constant `X` that is declared so, behind what else is declared.
#[track_caller]
fn constant(before: &str, declared: &str) -> Literal {
    let file = file(&format!("namespace rs p\n{before}\nconst {declared}"));
    let ItemKind::Constant(_, literal) = &item(&file, "X").kind else { panic!("X is no constant") };
    literal.clone()
}

fn named(name: &str) -> Type {
    Type::Named(name.to_owned())
}

#[test]
fn the_package_is_that_for_rust_then_that_for_all_then_the_name_of_the_file() {
    assert_eq!(file("namespace * x\nnamespace rs a.b\nnamespace py c").package, ["a", "b"]);
    assert_eq!(file("namespace py c\nnamespace * x.y").package, ["x", "y"]);
    assert_eq!(file("namespace py c").package, ["a"]);
    for (path, package) in [("d/2fa-codes.v1.thrift", "_2fa_codes_v1"), ("grüße.thrift", "gr__e"), ("-.thrift", "__")]
    {
        assert_eq!(load_texts(&[(path, "")], &[path]).files[0].package, [package]);
    }
}

#[test]
fn plain_types_are_what_they_are_in_rust() {
    let text = "struct A { 1: bool a 2: byte b 3: i8 c 4: i16 d 5: i32 e 6: i64 f 7: double g 8: string h 9: binary i
        10: uuid j 11: list<set<i32>> k 12: map<string, A> l }";
    let file = file(text);
    let types: Vec<&Type> = fields(&file, "A").iter().map(|field| &field.ty).collect();
    let set = Type::Set(Box::new(Type::I32));
    let expected = [
        Type::Bool,
        Type::I8,
        Type::I8,
        Type::I16,
        Type::I32,
        Type::I64,
        Type::F64,
        Type::String,
        Type::Bytes,
        Type::Uuid,
        Type::List(Box::new(set)),
        Type::Map(Box::new((Type::String, named("a.A")))),
    ];
    assert_eq!(types, expected.iter().collect::<Vec<_>>());
}

#[test]
fn fields_have_tags_presence_defaults_and_indirection() {
    let file = file("struct A { 1: required i32 a, 7: optional A & b, 3: i64 c = 5, 32767: bool d }");
    let found: Vec<_> =
        fields(&file, "A").iter().map(|field| (&*field.named.name, field.tag, field.presence, field.boxed)).collect();
    let expected = [
        ("a", Some(1), Presence::Required, false),
        ("b", Some(7), Presence::Optional, true),
        ("c", Some(3), Presence::Always, false),
        ("d", Some(32767), Presence::Always, false),
    ];
    assert_eq!(found, expected);
    assert_eq!(fields(&file, "A")[2].default, Some(Literal::Int(5)));
}

#[test]
fn fields_without_ids_count_downwards_and_this_is_said_once_for_each_list() {
    let session = load_text("struct A { i32 a, i32 b = 1, 1: i32 c, i32 d }\nservice S { void e(i32 f, i32 g) }");
    let tags = |fields: &[Field]| fields.iter().map(|field| field.tag.expect("it has one")).collect::<Vec<_>>();
    let file = &session.files[0];
    assert_eq!(tags(fields(file, "A")), [-1, -2, 1, -3]);
    assert_eq!(tags(&file.services[0].methods[0].arguments), [-1, -2]);
    let said: Vec<&str> = session.diagnostics.iter().map(|diagnostic| &*diagnostic.message).collect();
    let warning = |name: &str| format!("`{name}` has no id: such fields are counted from -1 downwards");
    assert_eq!(said, [warning("a"), warning("f")]);
}

#[test]
fn negative_ids_are_kept_and_counting_goes_on_below_them() {
    let session = load_text("struct A { -5: i32 a, i32 b }");
    let tags: Vec<_> = fields(&session.files[0], "A").iter().map(|field| field.tag).collect();
    assert_eq!(tags, [Some(-5), Some(-6)]);
    assert!(!session.has_errors());
    let said = "warning: the id -5 is negative: other compilers may send another one in its place";
    assert!(rendered(&session).contains(said));
}

#[test]
fn structs_exceptions_and_unions_are_told_apart() {
    let file = file("struct A { 1: i32 a } exception B { 1: i32 a } union C { 1: i32 a, 2: string b }");
    assert!(matches!(item(&file, "A").kind, ItemKind::Message { exception: false, .. }));
    assert!(matches!(item(&file, "B").kind, ItemKind::Message { exception: true, .. }));
    let ItemKind::Choice(variants) = &item(&file, "C").kind else { panic!("it is no choice") };
    assert_eq!(variants.iter().map(|field| field.tag).collect::<Vec<_>>(), [Some(1), Some(2)]);
    assert_eq!(item(&file, "C").full_name, "a.C");
}

#[test]
fn values_of_enums_count_on_from_the_one_before() {
    let file = file("enum A { B, C, D = 0x10, E, F = -2, G, H = -2 }");
    let found: Vec<_> = values(&file, "A").iter().map(|value| value.number).collect();
    assert_eq!(found, [0, 1, 16, 17, -2, -1, -2]);
    let ItemKind::Enum(found) = &item(&file, "A").kind else { panic!("it is an enum") };
    assert!(found.open);
}

#[test]
fn typedefs_stay_and_are_looked_through_where_values_are_given() {
    let file = file("typedef Id Key typedef i8 Id const Key A = 5 const map<Id, list<Key>> B = {1: [A]}");
    assert!(matches!(&item(&file, "Key").kind, ItemKind::Alias(ty) if *ty == named("a.Id")));
    let ItemKind::Constant(_, literal) = &item(&file, "B").kind else { panic!("it is a constant") };
    let list = Literal::List(vec![Literal::Constant("a.A const".to_owned())]);
    assert_eq!(*literal, Literal::Map(vec![(Literal::Int(1), list)]));
}

#[test]
fn values_are_of_the_type_of_their_place() {
    let text = |text: &str| Literal::String(text.to_owned());
    assert_eq!(constant("", "bool X = 1"), Literal::Bool(true));
    assert_eq!(constant("", "bool X = -5"), Literal::Bool(true));
    assert_eq!(constant("", "bool X = 0"), Literal::Bool(false));
    assert_eq!(constant("", "i32 X = true"), Literal::Int(1));
    assert_eq!(constant("const bool N = 0", "i8 X = false"), Literal::Int(0));
    assert_eq!(constant("", "bool X = false"), Literal::Bool(false));
    assert_eq!(constant("", "double X = 3"), Literal::Float(3.0));
    assert_eq!(constant("", "double X = -.5e1"), Literal::Float(-5.0));
    assert_eq!(constant("", "i64 X = -0x10"), Literal::Int(-16));
    assert_eq!(constant("", "i64 X = -9223372036854775808"), Literal::Int(i64::MIN.into()));
    assert_eq!(constant("", r#"string X = "a\"b\'\\\n""#), text("a\"b'\\\n"));
    assert_eq!(constant("", r#"string X = 'a"b'"#), text("a\"b"));
    assert_eq!(constant("", "binary X = 'ab'"), Literal::Bytes(b"ab".to_vec()));
    assert_eq!(constant("", "set<i8> X = [1 2]"), Literal::Set(vec![Literal::Int(1), Literal::Int(2)]));
    assert_eq!(constant("", "set<i8> X = {}"), Literal::Set(vec![]));
    let uuid = constant("", "uuid X = '{00112233-4455-6677-8899-aabbCCDDeeff}'");
    assert_eq!(uuid, Literal::Bytes((0..16).map(|byte| byte * 0x11).collect()));
}

#[test]
fn values_of_enums_are_given_by_name_by_number_and_by_constant() {
    let before = "enum E { A = 1, B = 2, C = 1 } const i32 ONE = 1 const E D = E.B";
    let value = |name: &str| Literal::EnumValue("p.E".to_owned(), name.to_owned());
    assert_eq!(constant(before, "E X = E.B"), value("B"));
    assert_eq!(constant(before, "E X = 1"), value("A"));
    assert_eq!(constant(before, "E X = D"), Literal::Constant("p.D const".to_owned()));
    assert_eq!(constant(before, "E X = ONE"), value("A"));
    assert_eq!(constant(before, "i64 X = E.B"), Literal::Int(2));
    assert_eq!(constant(before, "double X = D"), Literal::Float(2.0));
}

#[test]
fn structs_and_unions_are_given_by_the_names_of_their_fields() {
    let before = "struct S { 1: double a, 2: S2 b } struct S2 { 1: i32 c } union U { 1: S2 d, 2: i8 e }";
    let inner = Literal::Message(vec![("c".to_owned(), Literal::Int(1))]);
    let fields = vec![("b".to_owned(), inner.clone()), ("a".to_owned(), Literal::Float(2.0))];
    assert_eq!(constant(before, "S X = {'b': {'c': 1}, 'a': 2}"), Literal::Message(fields));
    assert_eq!(constant(before, "U X = {'d': {'c': 1}}"), Literal::Choice("d".to_owned(), Box::new(inner)));
}

#[test]
fn methods_have_arguments_results_and_what_they_throw() {
    let file = file(
        "service S { i32 a(1: required i32 b, 2: optional string c), oneway void d(), void e() throws (1: X x) }
         exception X {} struct Last {}",
    );
    let [a, d, e] = &file.services[0].methods[..] else { panic!("there are three") };
    assert_eq!(file.services[0].full_name, "a.S");
    assert_eq!((&a.reply, &d.reply, a.oneway, d.oneway), (&Type::I32, &Type::Unit, false, true));
    let presences: Vec<_> = a.arguments.iter().map(|argument| argument.presence).collect();
    assert_eq!(presences, [Presence::Required, Presence::Optional]);
    assert!(matches!(a.fails, Fails::Never));
    assert!(matches!(&e.fails, Fails::Throws(name) if name == "a.S.e()"));
    let failure = item(&file, "e");
    assert_eq!((&*failure.full_name, &failure.within[..]), ("a.S.e()", &["S".to_owned()][..]));
    let ItemKind::Failure(variants) = &failure.kind else { panic!("it is no failure") };
    assert_eq!((&*variants[0].named.name, &variants[0].ty, variants[0].tag), ("x", &named("a.X"), Some(1)));
    let order: Vec<&str> = file.items.iter().map(|item| &*item.named.name).collect();
    assert_eq!(order, ["e", "X", "Last"]);
}

#[test]
fn a_service_has_what_it_extends_first_also_that_of_other_files() {
    let lower = "namespace rs low\nservice Lower { void a() throws (1: X x) }\nexception X {}";
    let upper = "include 'low/er.thrift'\nnamespace rs up\nservice Top extends Middle { void c() }
        service Middle extends er.Lower { void b() }";
    let session = load_texts(&[("up.thrift", upper), ("low/er.thrift", lower)], &["up.thrift"]);
    assert_eq!(rendered(&session), "");
    let top = &session.files[1].services[0];
    let names: Vec<&str> = top.methods.iter().map(|method| &*method.named.name).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert!(matches!(&top.methods[0].fails, Fails::Throws(name) if name == "low.Lower.a()"));
    assert_eq!(session.files[1].services.len(), 2);
}

#[test]
fn files_come_once_behind_those_that_they_include() {
    let texts = [
        ("a.thrift", "include 'b.thrift'\ninclude 'd/../c.thrift'\nstruct A { 1: b.B b, 2: c.C c }"),
        ("b.thrift", "include './c.thrift'\nstruct B { 1: c.C c }"),
        ("c.thrift", "struct C {}"),
    ];
    let session = load_texts(&texts, &["a.thrift", "./b.thrift", "a.thrift"]);
    assert_eq!(rendered(&session), "");
    let files: Vec<_> = session.files.iter().map(|file| (&*file.path, file.asked_for)).collect();
    assert_eq!(files, [("c.thrift", false), ("b.thrift", true), ("a.thrift", true)]);
    assert_eq!(fields(&session.files[2], "A")[1].ty, named("c.C"));
}

#[test]
fn included_files_are_looked_for_in_the_given_folders_too() {
    let texts = [("d/a.thrift", "include 'x/b.thrift'\ntypedef b.B A"), ("i/x/b.thrift", "struct B {}")];
    let texts = texts.map(|(path, text)| (path.into(), text.to_owned())).into();
    let sources = crate::source::Sources::of_texts(texts);
    let includes = vec!["h".into(), "i".into()];
    let mut session = crate::session::Session { sources, includes, ..Default::default() };
    super::load(&["d/a.thrift".into()], &mut session);
    assert_eq!(rendered(&session), "");
    assert_eq!(session.files[0].path, "i/x/b.thrift");
}

#[test]
fn what_is_deprecated_is_marked_wherever_it_stands() {
    let file = file(
        "struct A { 1: i32 a (deprecated), 2: i32 b } (deprecated = 'so')
         enum E { F (deprecated = '', x), G } service S { void h() (deprecated), void i() } (x)",
    );
    let said = |named: &Named| named.deprecated.clone();
    let nothing = Some(String::new());
    assert_eq!(fields(&file, "A").iter().map(|field| said(&field.named)).collect::<Vec<_>>(), [nothing.clone(), None]);
    assert_eq!(said(&item(&file, "A").named).as_deref(), Some("so"));
    assert_eq!(said(&item(&file, "E").named), None);
    assert_eq!(values(&file, "E").iter().map(|value| said(&value.named)).collect::<Vec<_>>(), [nothing.clone(), None]);
    let service = &file.services[0];
    assert_eq!(service.methods.iter().map(|method| said(&method.named)).collect::<Vec<_>>(), [nothing, None]);
    assert_eq!(said(&service.named), None);
}

#[test]
fn a_file_that_is_not_there_or_no_text_is_told_of() {
    let session = load_texts(&[], &["no.thrift"]);
    assert_eq!(rendered(&session), "error: cannot read `no.thrift`: there is no such file");
}

#[test]
fn nothing_is_lowered_where_a_file_could_not_be_read_as_a_whole() {
    let session = load_text("struct A { 1: B b }\nstruct B { 1: }");
    assert_eq!(session.diagnostics.len(), 1);
    assert!(session.files.is_empty());
}

#[test]
fn a_misnamed_value_of_an_enum_is_read_as_thrift_reads_it_with_a_warning() {
    let session = load_text("enum A { X } enum B { Y }\nconst B C = A.Y");
    let shown = "\
warning: `A.Y` is not known: it is read as `B.Y`
 --> a.thrift:2:13
  |
2 | const B C = A.Y
  |             ^^^
  |
  = help: write the enum as it is called in this file, where it is another's as `file.Enum.NAME`";
    assert_eq!(rendered(&session), shown);
    let ItemKind::Constant(_, literal) = &item(&session.files[0], "C").kind else { panic!("it is a constant") };
    assert_eq!(*literal, Literal::EnumValue("a.B".to_owned(), "Y".to_owned()));
}

#[test]
fn types_that_thrift_has_not_always_had_may_be_defined_by_a_file() {
    let file = file("typedef string uuid typedef byte i8 struct S { 1: uuid a, 2: i8 b } const uuid X = 'x'");
    let types: Vec<&Type> = fields(&file, "S").iter().map(|field| &field.ty).collect();
    assert_eq!(types, [&named("a.uuid"), &named("a.i8")]);
    let ItemKind::Constant(_, literal) = &item(&file, "X").kind else { panic!("it is a constant") };
    assert_eq!(*literal, Literal::String("x".to_owned()));
    let texts = [("b.thrift", "include 'c.thrift' struct S { 1: c.uuid a 2: uuid b }"), ("c.thrift", "struct uuid {}")];
    let session = load_texts(&texts, &["b.thrift"]);
    assert_eq!(rendered(&session), "");
    let types: Vec<&Type> = fields(&session.files[1], "S").iter().map(|field| &field.ty).collect();
    assert_eq!(types, [&named("c.uuid"), &Type::Uuid]);
}

#[test]
fn a_constant_may_have_the_name_of_a_type_or_a_service() {
    let file = file("struct Foo { 1: i32 a = Foo } const i32 Foo = 1 const i32 Bar = Foo service Bar { Foo b() }");
    let names: Vec<&str> = file.items.iter().map(|item| &*item.full_name).collect();
    assert_eq!(names, ["a.Foo", "a.Foo const", "a.Bar const"]);
    assert_eq!(fields(&file, "Foo")[0].default, Some(Literal::Constant("a.Foo const".to_owned())));
}

#[test]
fn what_only_one_of_two_files_of_one_name_defines_is_found_in_either() {
    let texts = [
        (
            "a.thrift",
            "include 'y/c.thrift' include 'x/c.thrift' include 'y/../y/c.thrift'\nstruct A { 1: c.X x, 2: c.Y y }",
        ),
        ("x/c.thrift", "namespace rs x struct X {}"),
        ("y/c.thrift", "namespace rs y struct Y {}"),
    ];
    for asked in [&["a.thrift"][..], &["x/c.thrift", "a.thrift"], &["y/c.thrift", "a.thrift"]] {
        let session = load_texts(&texts, asked);
        assert_eq!(rendered(&session), "");
        let types: Vec<&Type> = fields(&session.files[2], "A").iter().map(|field| &field.ty).collect();
        assert_eq!(types, [&named("x.X"), &named("y.Y")]);
    }
}

#[test]
fn arguments_may_be_optional_or_required_without_a_word() {
    let file = file("service S { void f(1: optional i32 a, 2: required i32 b, 3: i32 c) }");
    let presences: Vec<_> = file.services[0].methods[0].arguments.iter().map(|argument| argument.presence).collect();
    assert_eq!(presences, [Presence::Optional, Presence::Required, Presence::Always]);
}

#[test]
fn that_a_field_of_a_union_or_an_exception_that_is_thrown_is_optional_says_nothing_new() {
    let file = file("union U { 1: optional i32 a } exception E {} service S { void f() throws (1: optional E e) }");
    assert_eq!(fields(&file, "U")[0].presence, Presence::Always);
    assert_eq!(fields(&file, "f")[0].presence, Presence::Always);
}

#[test]
fn a_value_of_another_enum_is_that_of_its_name_with_a_warning() {
    let session = load_text("enum A { X = 1 } enum B { X = 5 }\nstruct S { 1: A a = B.X }");
    let said: Vec<&str> = session.diagnostics.iter().map(|diagnostic| &*diagnostic.message).collect();
    assert_eq!(said, ["`B.X` is a value of `B`, not of `A`: it is read as `A.X`"]);
    let default = &fields(&session.files[0], "S")[0].default;
    assert_eq!(*default, Some(Literal::EnumValue("a.A".to_owned(), "X".to_owned())));
}

#[test]
fn a_number_that_no_value_of_the_enum_has_is_kept_with_a_warning() {
    let session = load_text("enum Heat { MILD = 1 }\nconst Heat X = 7");
    let said: Vec<&str> = session.diagnostics.iter().map(|diagnostic| &*diagnostic.message).collect();
    assert_eq!(said, ["`Heat` has no value with the number 7"]);
    let ItemKind::Constant(_, literal) = &item(&session.files[0], "X").kind else { panic!("it is a constant") };
    assert_eq!(*literal, Literal::EnumNumber("a.Heat".to_owned(), 7));
}

#[test]
fn an_enum_may_be_called_by_a_typedef() {
    let red = Literal::EnumValue("p.Col".to_owned(), "RED".to_owned());
    let before = "enum Col { RED = 3 } typedef Col Middle typedef Middle Color";
    assert_eq!(constant(before, "Color X = Color.RED"), red);
    assert_eq!(constant(before, "Col X = Middle.RED"), red);
    assert_eq!(constant(before, "Color X = Col.RED"), red);
    assert_eq!(constant(before, "i32 X = Color.RED"), Literal::Int(3));
}

#[test]
fn a_default_of_an_optional_field_may_be_of_its_own_struct() {
    let fields_of_it = "1: optional R r = {}, 2: optional list<R> s = [C], 3: list<i32> t = [1], 4: Other o = {}";
    let file = file(&format!(
        "struct R {{ {fields_of_it} }}
        struct Other {{ 1: optional R r = {{}} }} const R C = {{}}"
    ));
    assert_eq!(fields(&file, "R")[0].default, Some(Literal::Message(vec![])));
}
