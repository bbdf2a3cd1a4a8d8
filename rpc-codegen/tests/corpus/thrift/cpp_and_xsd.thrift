cpp_include "special.h"
namespace rs special

struct Special xsd_all {
  1: map cpp_type "fast_map<int, int>" <i32, i32> numbers
  2: set cpp_type "fast_set<int>" <i32> words
  3: list<i32> cpp_type "fast_list<int>" others
  4: i32 maybe xsd_optional
  5: optional i32 none = 3 xsd_nillable
  6: string marked xsd_optional xsd_nillable xsd_attrs { 1: string lang, 2: list<i32> more = [{1: 2}] } (a = "b")
}
