include "../shared/units.thrift"
struct Weather {
  1: Temperatur now
  2: Metres wind
  3: units.Metre rain
  4: unit.Metres snow
  5: other.Thing fog
  6: list<map<string, Nothing>> hail
  7: strin name
}
typedef double Temperature
