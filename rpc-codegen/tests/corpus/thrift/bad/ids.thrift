struct A {
  0: i32 a
  32768: i32 b
  -32769: i32 c
  32767: i32 d
}
