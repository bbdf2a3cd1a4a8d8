struct A {
  1: i32 list
  2: i32 b
}
struct B { 1: i32 struct, 2: i32 service, 3: i32 d }
