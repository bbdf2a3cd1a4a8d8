senum A { "a" }
struct B { 1: slist a, -3: i32 b, i32 c }
const B C = 1
