namespace rs library

typedef i64 Shelf
typedef list<Shelf> Shelves
typedef map<string, Shelves> Catalogue;
typedef Book Volume,
struct Book { 1: Shelf stands_in, 2: Volume next (cpp.ref = "true") }
struct Library { 1: Catalogue books }
