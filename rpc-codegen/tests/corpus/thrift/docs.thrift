/*
 * Nobody's licence: this is no documentation.
 */

/**
 * A museum and what is in it.
 *
 *   Indented as it is here.
 */

namespace rs museum

/** One line. */
struct Painting {
  /** Above. */
  1: string title  // Behind.
  // Several lines
  //   one of them indented.
  2: i32 year,     // Behind the comma,
                   // and on.

  // About nothing.

  3: optional string painter; /* In a block. */
  # In the way of the shell.
  4: bool lent
}

// ------------------------------
// A room.
// ------------------------------
enum Room { // With a number.
  HALL = 1, // The first one.
  TOWER
}

/* Plain. */
const i32 FLOORS = 3 // and a cellar

/**
 Without margin,
   but indented.
*/
service Museum {
  /** Looks.
    * Then tells. */
  Painting look(1: Room room /* where */, 2: i32 wall) // at a wall
}
