/** Everything that a .thrift file can say, in one service that is called. */
namespace rs everything.thrift

include "parts.thrift"

typedef i64 Id
typedef map<string, list<Id>> Index

const i32 MOST = 1000000
const double PI = 3.25
const string GREETING = "good \"morning\""
const binary MAGIC = "MAGIC"
const uuid NOBODY = "00112233-4455-6677-8899-aabbccddeeff"
const Level USUAL = Level.LOW
const list<Id> PRIMES = [2, 3, 5]
const map<string, parts.Point> CORNERS = {"far": {"x": 9}, "near": {"x": -1, "y": MOST}}
const Choice NAMED = {"name": GREETING}

enum Level {
    LOW = 1,
    HIGH = 5,
    HIGHEST = 5,
}

/** Every type, once. */
struct Scalars {
    1: bool yes
    2: byte bits
    3: i8 tiny
    4: i16 small
    5: i32 number
    6: i64 big
    7: double real
    8: string text
    9: binary raw
    10: uuid id
    11: Level level
}

/** Every shape, once. */
struct Shapes {
    1: required Scalars scalars
    2: optional i32 perhaps
    3: optional binary raw
    4: list<string> texts
    5: set<Id> ids
    6: set<parts.Point> points
    7: set<double> reals
    8: map<string, Scalars> by_name
    9: map<i32, set<Level>> by_number
    10: map<double, string> by_real
    11: Index index
    12: optional Choice choice
    13: optional Shapes within
    14: optional parts.Point & boxed
    15: list<map<string, list<binary>>> deep
}

/** Keys that are no texts, for which JSON has no place. */
struct Keyed {
    1: map<parts.Point, uuid> by_point
    2: map<uuid, Level> by_id
    3: map<Level, list<Level>> by_level
    4: map<Choice, bool> by_choice
}

union Choice {
    1: Id id
    2: string name
    4: Shapes shapes
    7: binary raw
    8: list<Choice> several
}

/** Defaults of every kind. */
struct Defaults {
    1: i32 number = 7
    2: required string text = GREETING
    3: optional double real = PI
    4: Level level = Level.HIGH
    5: list<Id> ids = [1, MOST]
    6: parts.Point point = {"y": 4}
    7: optional list<string> names = ["a", "b"]
    8: optional string nick = "none"
    9: bool yes = 1
    10: optional Level odd = Level.HIGH
    11: i64 zero
    12: optional i32 new = 8
}

struct Needy {
    1: required Choice choice
    2: i32 number = 3
    3: optional string name
}

exception NotThere {
    1: required Id id
}

exception Refused {
    1: string message
    2: Level level
    3: optional string source
}

service Everything extends parts.Base {
    Shapes echo(1: Shapes shapes)
    Keyed keyed(1: Keyed keyed)
    Choice choose(2: Choice choice, 5: optional i32 perhaps, 4: binary raw, 7: Id id, 9: Index index)
    Id find(1: Id id) throws (1: NotThere missing, 3: Refused refused)
    binary raw(1: bool wanted) throws (1: Refused refused)
    oneway void tell(1: string line)
    /** Waits until something was told. */
    string told()
    void nothing()
}
