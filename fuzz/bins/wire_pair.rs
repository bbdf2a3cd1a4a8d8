//! Fuzzes `wire_pair`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rpc_fuzz_targets::wire_pair(bytes));
