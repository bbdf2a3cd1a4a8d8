const i64 A = 99999999999999999999
const double B = 1e999
