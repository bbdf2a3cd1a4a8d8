namespace rs commas;

enum A { X, Y; Z }
enum B { X Y Z };
struct C { 1: i32 a, 2: i32 b; 3: i32 c 4: i32 d },
const list<i32> D = [1 2 3],
const list<i32> E = [1; 2, 3,];
const map<i32, i32> F = {1: 1 2: 2; 3: 3,}
service G { void a(1: i32 b 2: i32 c; 3: i32 d,), void b(); void c() };
