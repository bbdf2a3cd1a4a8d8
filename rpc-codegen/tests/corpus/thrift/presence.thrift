namespace rs form

struct Form {
  1: required string name
  2: string street
  3: optional string town
  4: required i32 copies = 1
  5: optional i32 pages = 2
}
