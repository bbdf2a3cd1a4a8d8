namespace rs marks

/**
 * Ends of lines as on Windows.
 */
struct Line { // one
  1: i32 a // first
}
