enum Colour { RED, GREEN }
const Colour A = RED
