include "two/twin.thrift"
include "one/twin.thrift"

struct A { 1: twin.T a, 2: twin.E b = twin.E.A, 3: i32 c = twin.N }
service B extends twin.S {}
