service A extends B {}
service B extends A {}
service C extends Missing {}
service D extends E {}
struct E {}
service F { void a() }
service G extends F { void a() }
