//! With the feature `packed-weights`: packs the shipped weights.
#![allow(clippy::print_stdout)]

#[path = "src/packed.rs"]
mod packed;

use std::path::PathBuf;
use std::{env, fs};

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/packed.rs");
    println!("cargo::rerun-if-changed=weights/embedded.bin");
    if let (Some(_), Some(out)) = (env::var_os("CARGO_FEATURE_PACKED_WEIGHTS"), env::var_os("OUT_DIR")) {
        fs::write(
            PathBuf::from(out).join("embedded.packed"),
            packed::pack(&fs::read("weights/embedded.bin")?),
        )?;
    }
    Ok(())
}
