struct A { 1: i32 a (x = 1), 2: i32 b } (= "y")
const list<i32> B = [1, = 2]
const map<i32, i32> C = {1 2}
