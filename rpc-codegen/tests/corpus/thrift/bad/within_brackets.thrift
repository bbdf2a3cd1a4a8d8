struct A {
  1: list<i32> a = [1, =, 3, 4], 2 i32 b
  3: map<i32, i32> c = {1: 2, 3}, 4: i32 (x, 5) d
}
