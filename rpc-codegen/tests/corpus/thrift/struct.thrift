namespace rs post

/** A letter on its way. */
struct Letter {
  1: required i64 number,
  2: string from,
  3: optional string to,
  4: bool registered = false,
}

struct Empty {}
