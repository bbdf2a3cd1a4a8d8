const i32 A = B
const i32 B = C
const i32 C = A
struct S { 1: S s = {} }
struct T { 1: i32 n, 2: list<T> t = [{"t": []}], 3: list<T> u = [{"n": 1, "t": [], "u": []}] }
struct U { 1: i32 n, 2: list<U> u = [{"n": 1, "u": []}] }
