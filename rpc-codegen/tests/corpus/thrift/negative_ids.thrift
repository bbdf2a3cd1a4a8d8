namespace rs older

struct Mixed {
  -1: i32 first
  i32 second
  -7: i32 third
  i32 fourth
  1: i32 fifth
}
