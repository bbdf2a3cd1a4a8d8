namespace rs hard
const i32 CODE = 5
typedef i64 Money
enum Kind { A = 1, B = 2 }
struct Base { 1: i32 code, 2: Kind kind, 3: optional Base base }
struct Unused { 1: i32 code }
exception BaseError { 1: required Base base, 2: string message }
service BaseService { Base get(1: Kind kind) throws (1: BaseError e), void ping() }
