// Words that have a meaning elsewhere, in Rust or in Thrift's own compiler.
namespace rs words.type

struct type {
  1: string end
  2: string class
  3: i32 self
  4: uuid uuid
  5: bool async
  6: string xsd_optional
  7: i32 cpp_type
  8: i32 _under
  9: i32 camelCase10
}

service fn { type match(1: type move) }
