namespace rs tree

struct Tree { 1: list<Tree> branches, 2: optional Leaf leaf }
struct Leaf { 1: Colour colour, 2: map<string, Tree> grafted }
union Node { 1: list<Node> nodes, 2: i32 value }
enum Colour { GREEN, BROWN }
