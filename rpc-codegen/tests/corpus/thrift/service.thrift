namespace rs weather

struct Place { 1: double latitude; 2: double longitude }

/** Tells the weather. */
service Weather {
  /** In degrees. */
  double temperature(1: Place at),
  list<string> names(1: string prefix, 2: i32 most = 10);
  void forget(1: required Place at, 2: optional bool quietly)
  bool ready() (deprecated = "it always is")
}

service Nothing {}
