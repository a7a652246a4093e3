//! Any bytes as the records of a CSV. The laws are in the library, where the tests run them too.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| sentistack::source::replay::checks::table(data));
