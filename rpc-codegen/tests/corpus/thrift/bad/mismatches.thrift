enum Colour { RED = 1, GREEN = 2 }
struct Point { 1: i32 x, 2: i32 y }
union Either { 1: i32 a, 2: i32 b }
const bool A = 2.0
const i8 B = 128
const i32 C = "one"
const string D = 1
const double E = "1.0"
const list<i32> F = {1: 2}
const map<string, i32> G = [1]
const Point H = [1, 2]
const Point I = {"x": 1, "z": 2}
const Point J = {1: 2}
const Point K = {"x": 1, "x": 2}
const Either L = {}
const Either M = {"a": 1, "b": 2}
const Colour N = RED
const Colour O = Colour.GREN
const Colour P = "RED"
const i32 Q = NOWHERE
const list<i64> R = F
const uuid S = "abc"
const double T = true
const Colour U = 4294967296
const i16 V = W
const i32 W = 70000
enum Shade { LIGHT = 1, DARK = 2 }
typedef Colour Tint
const Colour X = Shade.DARK
const Colour Y = Tint.BLUE
