#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| extension_core::targets::run("record", bytes));
