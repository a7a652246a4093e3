//! Any bytes as a whole input, packed or not. The laws are in the library, where the tests run them too.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| sentistack::source::replay::checks::input(data));
