strcut Point { 1: i32 x }
struct Fine { 1: i32 x }
something
