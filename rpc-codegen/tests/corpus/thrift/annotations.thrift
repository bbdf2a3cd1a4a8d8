namespace rs notes (style = "short")
namespace cpp notes

typedef string ( unicode.encoding = "UTF-16" ) Wide (reason = "files of old")

struct Note {
  1: i32 ( presence = "manual" ) number ( cpp.type = "int", bare, last = 'x' );
  2: list<i32> (kept) marks (a.b = "c"; d.e)
  3: Wide text (deprecated)
} (
  cpp.type = "Note"
  deprecated = "use another",
)

enum Kind { SHORT (weight = "1"), LONG = 2 (deprecated) } (flags)
exception Lost { 1: i32 number (unit = "one") } (foo = "bar")
service Notes {
  Note read(1: i32 number (x)) throws (1: Lost lost (y)) (timeout = "1")
} (version = "3")
