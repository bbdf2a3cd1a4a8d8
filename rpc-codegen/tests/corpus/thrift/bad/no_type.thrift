const i32 A = 1
service S {}
struct B { 1: A a, 2: S s }
