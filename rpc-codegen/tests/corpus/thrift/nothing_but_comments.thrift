/** Says what will be here. */

// Later.
