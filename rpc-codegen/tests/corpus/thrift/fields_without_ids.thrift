namespace rs old

struct Point { i32 x, i32 y = 2; optional string name }
exception Gone { string what }
service Points {
  Point add(Point a, Point b) throws (Gone gone)
}
