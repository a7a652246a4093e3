//! The program that is deployed needs nothing of the system that runs it: no loader, no library.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

const ELF_64_LITTLE: &[u8] = b"\x7fELF\x02\x01";
const PT_INTERP: u32 = 3;
const PT_LOAD: u32 = 1;

/// The types of the program headers of an ELF file, 64 bits, little-endian.
fn segments(elf: &[u8]) -> Vec<u32> {
    assert!(elf.starts_with(ELF_64_LITTLE), "no ELF of 64 bits, little-endian");
    let number = |at: usize, bytes: usize| -> usize {
        elf[at..at + bytes].iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
    };
    let (table, entry, count) = (number(32, 8), number(54, 2), number(56, 2));
    (0..count).map(|at| u32::try_from(number(table + at * entry, 4)).unwrap()).collect()
}

/// Where `cargo xtask function` puts it.
fn built() -> Vec<PathBuf> {
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("..");
    let found = ["x86_64", "arm64"].map(|arch| target.join("function").join(arch).join("sentistack-live"));
    found.into_iter().filter(|path| path.is_file()).collect()
}

#[test]
fn the_function_names_no_interpreter() {
    let built = built();
    if built.is_empty() {
        eprintln!("skipped: the function is not built (cargo xtask function)");
    }
    for path in built {
        let segments = segments(&std::fs::read(&path).unwrap());
        assert!(segments.contains(&PT_LOAD), "{}: nothing to load", path.display());
        assert!(!segments.contains(&PT_INTERP), "{} wants a loader", path.display());
    }
}

/// The reader of headers sees what it should: this test is linked the usual way.
#[test]
#[cfg(all(target_os = "linux", not(target_feature = "crt-static")))]
fn a_program_that_is_linked_dynamically_names_one() {
    let ours = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    assert!(segments(&ours).contains(&PT_INTERP));
}
