// Those of other languages say nothing here.
namespace * everywhere
namespace cpp a.b
namespace c_glib Short
namespace py.twisted a.tw
namespace smalltalk.category Some.Category
namespace netstd "Quoted.Name"
namespace rs here.and_there
php_namespace old
java_package org.example.old
xsd_namespace "http://example.org/schema"

struct Thing { 1: i32 size }
