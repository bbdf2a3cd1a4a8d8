namespace rs traffic

enum Light {
  RED,            // stop
  YELLOW = 0x10,
  GREEN,          // 17
  OFF = -1 (deprecated)
  BLINKING = +40;
  DARK = -1,      // as `OFF`
}

enum Empty {}
