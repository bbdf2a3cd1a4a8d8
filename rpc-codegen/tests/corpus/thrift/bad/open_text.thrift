const string A = "begins
const string B = "ends"
