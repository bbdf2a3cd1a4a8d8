namespace * tour.units

typedef double Metres
const Metres STEP = 0.75
enum Scale { METRIC = 1, IMPERIAL = 2 }
