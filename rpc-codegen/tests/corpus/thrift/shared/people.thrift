include "units.thrift"

namespace rs tour.people

struct Person { 1: string name, 2: units.Metres height }
exception Away { 1: i64 until }

service Directory {
  Person find(1: string name) throws (1: Away away)
}
