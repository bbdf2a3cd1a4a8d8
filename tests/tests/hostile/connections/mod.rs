//! K-1 to K-3, K-5 and K-8 to K-10: connections that fail in every way that the system has, descriptors that are gone,
//! ends at any moment.

mod accepting;
mod cycles;
mod descriptors;
mod ends;
mod standard_streams;
