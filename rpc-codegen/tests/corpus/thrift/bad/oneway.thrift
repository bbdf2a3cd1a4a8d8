exception X {}
service A {
  oneway i32 a()
  oneway void b() throws (1: X x)
}
