struct A { 1: i32 a xsd_attrs { 1: i32 b }
