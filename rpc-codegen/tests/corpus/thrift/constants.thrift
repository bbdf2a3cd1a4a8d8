namespace rs kitchen

enum Heat { LOW = 1, HIGH = 3 }
struct Recipe { 1: string name; 2: i32 minutes = 10; 3: Heat heat = Heat.LOW; 4: list<string> steps }
union Amount { 1: double grams; 2: i32 pieces }
typedef i32 Minutes

const bool OPEN = true
const bool CLOSED = 0
const i8 BURNERS = 4
const i16 FLOOR = -2
const i32 LIMIT = 0x7FFFFFFF
const i64 GUESTS = +100
const Minutes REST = 5
const i64 LONG_REST = REST
const double HALF = 0.5
const double WHOLE = 1
const double TINY = -1.5e-3
const double BIG = 2E10
const double POINT = .25
const string NAME = "At \"Ada's\"\n"
const string OTHER = 'it\'s "other"'
const binary MARK = "mark"
const uuid HOUSE = "00112233-4455-6677-8899-aabbccddeeff"
const list<i32> TIMES = [1, 2; 3 LIMIT]
const set<string> HERBS = ["dill" "thyme"]
const set<string> NO_HERBS = {}
const map<string, list<Heat>> PLAN = {"soup": [Heat.LOW], "steak": [Heat.HIGH, 1]; "toast": []}
const Heat DEFAULT_HEAT = Heat.HIGH
const Heat BY_NUMBER = 3
const Heat UNHEARD_OF = 7
const i32 HEAT_AS_NUMBER = Heat.HIGH
const Heat AS_EVER = DEFAULT_HEAT
const Recipe SOUP = {"name": "soup", "heat": DEFAULT_HEAT, "steps": ["cut", "boil"]}
const Amount PINCH = {"grams": 1}
const list<Recipe> ALL = [SOUP, {"name": "toast"}]
const list<Recipe> ALSO_ALL = ALL
