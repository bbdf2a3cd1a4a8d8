struct First { 1: i32 a }

namespace rs late

include "shared/units.thrift"

struct Second { 1: units.Metres b }
