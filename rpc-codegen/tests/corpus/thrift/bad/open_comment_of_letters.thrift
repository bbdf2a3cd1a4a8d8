struct A {}

/** never closed: ä