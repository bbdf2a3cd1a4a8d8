include "one/same.thrift"
namespace rs one
struct Same {}
