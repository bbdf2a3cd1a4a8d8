// What is called under load.
namespace rs bench

service Bench {
    i64 add(1: i64 a, 2: i64 b),
    binary echo(1: binary data),
    void sleep(1: i64 millis),
}
