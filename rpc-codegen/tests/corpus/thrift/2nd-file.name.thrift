/* The package is named as the file, where nothing else says it. */
const i32 ONE = 1
