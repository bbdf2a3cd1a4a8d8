namespace rs a

struct Point {
  1: i32
  2: i32 y
  3: list<i32 z
  4: i32 four
}

enum Colour {
  RED = "red",
  GREEN = ,
  BLUE = 3
}

const i32 = 5

service Points {
  Point find(1: i32 x, 2 i32 y)
  void move(1: Point p
  void stop()
}

struct Last { 1: i32 a }
