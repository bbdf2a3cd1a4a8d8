//! Fuzzes `decode_binary`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rpc_fuzz_targets::decode_binary(bytes));
