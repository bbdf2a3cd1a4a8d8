struct A { 1: i32 a, 2: i32 a, 2: i32 b }
enum A { X, Y, X }
service S { void a(1: i32 x, 1: i32 y), void a() }
