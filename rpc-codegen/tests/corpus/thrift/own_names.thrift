namespace rs own

// Older than the types of these names.
typedef string uuid
typedef byte i8

// Constants have names of their own.
const i32 Limit = 9
struct Limit { 1: i32 most = Limit, 2: uuid id, 3: i8 small = true }

// Its defaults are made when they are asked for.
struct Tree { 1: optional Tree left = {}, 2: i32 weight = 3, 3: optional list<Tree> others = [{}, LEAF] }
const Tree LEAF = {"weight": 4}

enum Colour { RED = 1 }
typedef Colour Paint
const Paint DOOR = Paint.RED
