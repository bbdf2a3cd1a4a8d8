service Cut {
  void a(1: i32 b
