namespace rs one

struct T { 1: i32 a }
enum E { A }
const i32 N = 1
service S {}
