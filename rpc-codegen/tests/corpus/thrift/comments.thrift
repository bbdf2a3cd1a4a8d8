# Of the shell.
// Of C++.
/* Of C. */ namespace /* anywhere */ rs /**/ talk // to the end
/***/
/****/
struct /* a */ Word /* b */ { /* c */ 1 /* d */ : /* e */ i32 /* f */ a /* g */ } /* h */
//
#
const string NO_COMMENT = "// # /* */"
