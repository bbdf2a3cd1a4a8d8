/** What the service takes from another file: types, and methods. */
namespace rs parts.thrift

struct Point {
    1: i32 x
    2: i32 y = 1
}

exception Busy {
    1: required string why
}

service Base {
    string name()
    Point move(1: Point point, 2: i32 type) throws (1: Busy busy)
}
