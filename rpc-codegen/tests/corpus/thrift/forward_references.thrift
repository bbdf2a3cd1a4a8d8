namespace rs later

const list<Stop> STOPS = [{"name": FIRST, "kind": Kind.TRAM}]
const string FIRST = "Market"
service Network extends Lines { list<Stop> stops() throws (1: Strike strike) }
service Lines { Names lines() }
typedef list<Name> Names
typedef string Name
struct Stop { 1: Name name, 2: Kind kind = Kind.BUS }
exception Strike {}
enum Kind { BUS, TRAM }
