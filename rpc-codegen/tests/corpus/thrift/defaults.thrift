namespace rs settings

enum Level { QUIET = 1, LOUD = 2 }
const i32 PORT = 8080

struct Address { 1: string host = "localhost", 2: i32 port = PORT }

struct Settings {
  1: bool on = true
  2: Level level = Level.QUIET
  3: Address address = {"host": "example.org"}
  4: list<Address> others = [{}, {"port": 1}]
  5: map<string, i64> limits = {"a": 1}
  6: double ratio = 1
  7: binary magic = "RPC"
}
