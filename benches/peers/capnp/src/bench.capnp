# What is called under load.
@0xb7c9e21f4d6a8350;

interface Bench {
  add @0 (a :Int64, b :Int64) -> (sum :Int64);
  echo @1 (data :Data) -> (data :Data);
  sleep @2 (millis :UInt64) -> ();
}
