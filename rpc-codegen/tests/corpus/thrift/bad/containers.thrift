struct A {
  1: list i32 a
  2: map<i32> b
  3: map<i32, string c
  4: set<> d
  5: list cpp_type <i32> e
}
