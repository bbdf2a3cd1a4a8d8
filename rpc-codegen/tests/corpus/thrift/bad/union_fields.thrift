union A { 1: required i32 a, 2: i32 b = 3 }
const i32 STOP = "so that the warnings are shown with an error"
