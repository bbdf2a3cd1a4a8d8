include shared
namespace rs
namespace 1 a
struct A { 1: i32 a }
