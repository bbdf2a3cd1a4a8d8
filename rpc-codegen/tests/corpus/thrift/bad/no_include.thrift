struct S { 1: i32 x }
enum E { A }
struct T { 1: S.x a, 2: E.A b, 3: other.C c }
const i32 D = S.x
