/** What is hard in Thrift. */
namespace rs hard.thrift

include "hard_base.thrift"

const i8 I8 = -128
const i16 I16 = -32768
const i32 I32 = -2147483648
const i64 I64 = -9223372036854775808
const double D = 5
const double E = -1e300
const bool B = 1
const string S = "a\"b\\c\n {} \r"
const binary BIN = "xyz"
const uuid U = "00112233-4455-6677-8899-aabbccddeeff"
const Color C = Color.RED
const Color C2 = 5
const Color C3 = C
const i32 FROM_ENUM = Color.BLUE
const i64 FROM_CONST = I32
const double FROM_INT = I16
const bool FROM_ONE = ONE
const i32 ONE = 1
const i32 FROM_COLOR = C
const binary FROM_STRING = S
const string FROM_STRING2 = S
const Name ALIAS = "n"
const string FROM_ALIAS = ALIAS
const list<Name> NAMES = [S, ALIAS, "x", FROM_ALIAS]
const list<string> NAMES2 = NAMES
const set<i32> SET = [1, 2, I32]
const set<double> DSET = [1, 2.5, D]
const map<double, list<set<i8>>> DMAP = {1: [[1]], D: []}
const map<Point, map<Color, uuid>> PMAP = {{"x": 1, "y": I32}: {Color.RED: U}}
const Point P = {"x": ONE}
const Point P2 = P
const list<Point> PS = [P, P2, {}]
const Shape SH = {"point": P}
const Shape SH2 = {"name": ALIAS}
const Shape SH3 = {"raw": BIN}
const Line L = {"from": P, "shape": SH, "next": {"from": P2, "shape": {"name": "s"}}}
const list<Line> LS = [L]
const hard_base.Base BB = {"code": hard_base.CODE, "kind": hard_base.Kind.B}
const hard_base.Kind BK = hard_base.Kind.A
const hard_base.Money BM = 5
const Odd ODD = {"clone": 5}
const Odd ODD2 = ODD
const list<Odd> ODDS = [ODD, ODD2]
const i32 _1 = 1
const i32 self = 1
const i32 type = 1
const i32 Ok = 1
const i32 none = 1
const string EMPTY = ""
const list<string> NOTHING = []
const map<string, string> NOTHING2 = {}
const map<hard_base.Kind, hard_base.Base> OTHERS = {hard_base.Kind.A: {"code": 1}}

typedef string Name
typedef binary Raw
typedef list<Raw> Raws
typedef map<double, Raws> Weird
typedef set<Weird> Weirds
typedef Point Pt
typedef Pt Ptt
typedef Error Err
typedef Me Again
typedef list<Me> Mes
typedef uuid Id
typedef Color Colour

enum Color { RED, GREEN = 5, BLUE, red = 0, Unrecognized = 9 }
enum Nothing {}
union Never {}
struct Empty {}
exception EmptyError {}

struct Point { 1: i32 x = 3, 2: i32 y = ONE }
union Shape { 1: Point point, 2: Name name, 3: Raw raw, 4: Shape & shape, 5: Line line, 6: list<Shape> shapes, 7: double d, 8: uuid id, 9: Nothing no, 10: Never never }
struct Line { 1: required Point from, 2: required Shape shape, 3: optional Line next, 4: Point to = P, 5: i32 new = 1, 6: optional i32 x = 7 }
struct Odd { 1: optional i32 clone = 4, 2: optional string new = "n", 3: optional list<i32> default = [1], 4: optional Point eq = P }
struct New { 1: required Shape shape, 2: optional i32 new = 4, 3: i32 x = 4, 4: i32 y }
struct Me { 1: optional Me me, 2: optional Again again, 3: Mes mes, 4: map<string, Me> by, 5: set<list<Me>> all, 6: map<Me, Me> both, 7: optional binary & raw, 8: optional list<Me> & boxed, 9: optional string & s = "x", 10: i32 & i = 5, 11: binary & b = "x", 12: optional i32 & oi = 6, 13: Point & p = P, 14: optional Point & op = P, 15: optional Raw r = "r", 16: optional Raws rs = ["r"], 17: optional Id id = U, 18: optional Colour c = Color.GREEN, 19: optional Colour cc = 5, 20: Ptt ptt = {"x": 4} }
struct Floats { 1: set<double> a, 2: map<double, string> b, 3: set<list<double>> c, 4: map<list<Floaty>, set<Floaty>> d, 5: set<map<string, double>> e, 6: Weirds f, 7: optional Weird g = {1.5: ["a"]}, 8: map<string, set<double>> h = {"a": [1, 2]}, 9: set<Point> i = [P], 10: map<Shape, i32> j, 11: double k = E, 12: set<Union> l }
struct Floaty { 1: double d }
union Union { 1: i32 i, 2: set<Union> u, 3: Color c, 4: map<Color, Id> m, 5: bool b, 6: Only only }
struct Only { 1: optional Union u; 2: Color c = Color.RED; 3: required Color d }
struct Same { 1: i32 a, 2: i32 A, 3: i32 a_, 4: i32 _a, 5: i32 _1, 6: i32 _, 7: i32 __ , 8: i32 self, 9: i32 crate }
struct point { 1: i32 x }

exception Error { 1: string source, 2: i32 backtrace, 3: optional Backtrace trace, 4: Backtrace trace2, 5: i32 type, 6: i32 self, 7: i32 _1, 8: i32 error, 9: i32 as_dyn_error }
struct Backtrace { 1: i32 x }
exception Message { 1: i32 message }
exception Msg { 1: string type, 2: required string msg }
exception Why { 1: optional string why, 2: string & reason = "boxed", 3: Name description }
exception Source { 1: optional Cause source }
exception Cause { 1: string message (deprecated = "x"), 2: optional Source source }
exception NoDefault { 1: required Shape shape, 2: optional string from = "a" }
exception Floating { 1: double d }
exception Option { 1: string message }
exception Result { 1: i32 x, 2: optional i32 source = 4 }

service Base2 extends hard_base.BaseService { void inBetween() throws (1: hard_base.BaseError e) }
service Hard extends Base2 {
  void new(), void clone(), i32 move(1: i32 self, 2: i32 type), string type(1: string requests), binary raw(1: binary a, 2: Raw b, 3: optional binary c, 4: optional string d)
  void sixteen(1: i32 a, 2: i32 b, 3: i32 c, 4: i32 d, 5: i32 e, 6: i32 f, 7: i32 g, 8: i32 h, 9: i32 i, 10: i32 j, 11: i32 k, 12: i32 l, 13: i32 m, 14: string n, 15: binary o, 16: Weird p)
  oneway void gone(1: i32 x = 5)
  void throwing() throws (1: Error a, 2: Err b, 3: Message c, 4: Option o, 5: Result r)
  i32 throwing2(5: i32 x, 1: i32 y) throws (1: Message source, 2: Msg from, 3: hard_base.BaseError hard, 4: EmptyError e)
  Never never(1: Never n, 2: Nothing m) throws (1: NoDefault e)
  Option option(1: Result result) throws (1: Floating self)
  list<Shape> shapes(1: set<Shape> a, 2: map<Shape, Shape> b, 3: Weirds c, 4: set<double> d)
  i32 odd(9: i32 a, 7: i32 b)
  i32 service_(1: i32 service_, 2: i32 input, 3: i32 output, 4: i32 method, 5: i32 slot, 6: i32 request, 7: i32 other, 8: i32 __rpc, 9: i32 stub, 10: i32 channel)
  Name named(1: Name named, 2: Raw raw, 3: Id id) (deprecated = "old")
  i32 A(1: i32 a, 2: i32 A), i32 a(), i32 in_process(), i32 inProcess()
  bool bool_(1: bool bool_)
  uuid uuid_(1: uuid uuid_, 2: list<uuid> uuids, 3: map<uuid, uuid> by)
}
service hard {}

// Keys that only a method has.
struct OnlyAKey {
    1: i32 number
}

enum OnlyAKeyToo {
    ONE = 1
}

union OnlyAKeyAsWell {
    1: OnlyAKey key
}

service KeysOfMethods {
    set<OnlyAKey> swap(1: map<OnlyAKey, i32> keys, 2: set<OnlyAKeyAsWell> others)
    map<OnlyAKeyToo, list<i32>> kinds()
}

exception Shadowing {
    1: optional string as_dyn_error = "text"
}

service Shadowed {
    void act() throws (1: Shadowing shadowing)
}

// A default that needs a union, given.
struct Filled {
    1: required OnlyAKeyAsWell key = {"key": {"number": 7}}
    2: i32 rest = 5
}

const list<Filled> FILLED = [{}, {"rest": 1}]
