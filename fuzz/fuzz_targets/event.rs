//! Any bytes as an event of the live path's function, and as the data of its records. The laws are in the library, where
//! the tests run them too.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| sentistack_live::checks::event(data));
