namespace rs family

struct Person {
  1: string name
  2: optional Person & mother
  3: optional Person& father
  4: list<Person> children
}
