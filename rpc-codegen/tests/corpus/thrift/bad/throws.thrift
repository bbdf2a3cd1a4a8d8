struct S {}
service A { void a() throws (1: S s, 2: string t) }
