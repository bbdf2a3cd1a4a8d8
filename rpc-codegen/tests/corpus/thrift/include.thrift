include "shared/units.thrift"
include "shared/people.thrift"
cpp_include "<vector>"

namespace rs tour

const units.Metres NEAR = units.STEP
const units.Scale USUAL = units.Scale.METRIC

struct Tour {
  1: units.Metres length = units.STEP
  2: people.Person guide
  3: units.Scale scale = units.Scale.METRIC
}

service Tours extends people.Directory {
  Tour next(1: people.Person who) throws (1: people.Away away)
}
