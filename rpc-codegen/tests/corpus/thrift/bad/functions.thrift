service A {
  void a
  void b() throws 1: X x
  c()
  void d(1: i32 e,, 2: i32 f)
}
service B extends {}
