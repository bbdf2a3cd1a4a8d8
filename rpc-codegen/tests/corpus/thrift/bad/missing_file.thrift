include "not/there.thrift"
