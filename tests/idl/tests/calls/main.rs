//! Services from IDL files, implemented and called over every transport in both codecs.

mod over;
mod proto;
mod thrift;
