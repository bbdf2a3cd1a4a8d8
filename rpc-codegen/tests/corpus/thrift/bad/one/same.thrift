namespace rs one

struct Same {}
