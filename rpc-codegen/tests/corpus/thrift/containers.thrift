namespace rs boxes

struct Boxes {
  1: list<i32> numbers
  2: set<string> words
  3: map<i64, binary> blobs
  4: map<string, map<i16, list<set<uuid>>>> deep
  5: list<map<i32, bool>> flags = [{1: true}, {2: false, 3: true}]
  6: map<list<i32>, string> by_list = {[1, 2]: "both", []: 'none'}
}
