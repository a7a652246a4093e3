//! Whether a file is a program that a remote run's machine can run: Linux on one of its processors, with nothing that
//! Amazon Linux 2023 lacks. Pure: it is given the bytes, and trusts none of them.

use object::LittleEndian;
use object::elf::{DT_NEEDED, EM_AARCH64, EM_X86_64, ET_DYN, ET_EXEC, FileHeader64, PT_INTERP};
use object::read::elf::{Dyn, FileHeader, ProgramHeader, SectionTable};

use crate::config::choice::Choice;
use crate::config::stack::settings::Architecture;
use crate::limits::AL2023_GLIBC;

type Header = FileHeader64<LittleEndian>;
type Sections<'a> = SectionTable<'a, Header>;

/// The loaders of glibc; musl's is not there.
const LOADERS: [&str; 3] =
    ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1", "/lib64/ld-linux-aarch64.so.1"];

/// Libraries that every machine of Amazon Linux has.
const LIBRARIES: [&str; 9] = [
    "libc.so.6",
    "libm.so.6",
    "libgcc_s.so.1",
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
    "libutil.so.1",
    "ld-linux-x86-64.so.2",
    "ld-linux-aarch64.so.1",
];

/// Why a program cannot run there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("it is no program for Linux (no ELF file)")]
    NotElf,
    #[error("it is no 64-bit program for x86_64 or arm64")]
    OtherProcessor,
    #[error("it is no program that can be run, but an object file or a core dump")]
    NotExecutable,
    #[error("it wants the loader {0}, which Amazon Linux 2023 has not")]
    Loader(String),
    #[error("it wants the library {0}, which Amazon Linux 2023 may not have")]
    Library(String),
    #[error("it needs glibc {found}, and Amazon Linux 2023 has {has}", found = dotted(.0), has = dotted(&[AL2023_GLIBC.0, AL2023_GLIBC.1]))]
    Glibc(Vec<u32>),
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
}

fn dotted(version: &[u32]) -> String {
    version.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}

/// The processor that a program is for, if it can run there.
///
/// # Errors
/// The first thing that speaks against it, from the coarse to the fine.
pub fn check(bytes: &[u8]) -> Result<Architecture, Unfit> {
    if !bytes.starts_with(b"\x7fELF") {
        return Err(Unfit::NotElf);
    }
    // 64 bits, little-endian.
    if bytes.get(4..6) != Some(&[2, 1]) {
        return Err(Unfit::OtherProcessor);
    }
    let header = Header::parse(bytes).map_err(|_| Unfit::Damaged("its header is cut"))?;
    let architecture = match header.e_machine(LittleEndian) {
        EM_AARCH64 => Architecture::Arm64,
        EM_X86_64 => Architecture::X86_64,
        _ => return Err(Unfit::OtherProcessor),
    };
    if !matches!(header.e_type(LittleEndian), ET_EXEC | ET_DYN) {
        return Err(Unfit::NotExecutable);
    }
    loader(header, bytes)?;
    let sections = header.sections(LittleEndian, bytes);
    let sections = sections.map_err(|_| Unfit::Damaged("its sections are cut"))?;
    libraries(&sections, bytes)?;
    glibc(&sections, bytes)?;
    Ok(architecture)
}

fn loader(header: &Header, bytes: &[u8]) -> Result<(), Unfit> {
    let segments = header.program_headers(LittleEndian, bytes);
    let segments = segments.map_err(|_| Unfit::Damaged("its program headers are cut"))?;
    if segments.is_empty() {
        return Err(Unfit::Damaged("it has no segments"));
    }
    let interpreter = segments.iter().find(|segment| segment.p_type(LittleEndian) == PT_INTERP);
    // A program with all its libraries inside wants no loader.
    let Some(interpreter) = interpreter else { return Ok(()) };
    let path = shown(interpreter.interpreter(LittleEndian, bytes).ok().flatten().unwrap_or_default());
    if LOADERS.contains(&path.as_str()) { Ok(()) } else { Err(Unfit::Loader(path)) }
}

fn libraries(sections: &Sections<'_>, bytes: &[u8]) -> Result<(), Unfit> {
    let cut = || Unfit::Damaged("its dynamic section is cut");
    let Some((entries, link)) = sections.dynamic(LittleEndian, bytes).map_err(|_| cut())? else {
        return Ok(());
    };
    let names = sections.strings(LittleEndian, bytes, link).map_err(|_| cut())?;
    for entry in entries.iter().filter(|entry| entry.d_tag(LittleEndian) == DT_NEEDED) {
        let offset = u32::try_from(entry.d_val(LittleEndian)).map_err(|_| cut())?;
        let name = shown(names.get(offset).map_err(|()| cut())?);
        if !LIBRARIES.contains(&name.as_str()) {
            return Err(Unfit::Library(name));
        }
    }
    Ok(())
}

/// The newest version of glibc's that its symbols ask for must be there.
fn glibc(sections: &Sections<'_>, bytes: &[u8]) -> Result<(), Unfit> {
    let cut = || Unfit::Damaged("its table of versions is cut");
    let Some((mut needs, link)) = sections.gnu_verneed(LittleEndian, bytes).map_err(|_| cut())? else {
        return Ok(());
    };
    let names = sections.strings(LittleEndian, bytes, link).map_err(|_| cut())?;
    let mut newest = Vec::new();
    while let Some((_, mut versions)) = needs.next().map_err(|_| cut())? {
        while let Some(version) = versions.next().map_err(|_| cut())? {
            let name = version.name(LittleEndian, names).map_err(|_| cut())?;
            newest = newest.max(numbers(name));
        }
    }
    let has = vec![AL2023_GLIBC.0, AL2023_GLIBC.1];
    // 2.34 has all of 2.34.x, of which there is none.
    if newest.iter().take(2).copied().collect::<Vec<_>>() > has {
        return Err(Unfit::Glibc(newest));
    }
    Ok(())
}

/// `GLIBC_2.2.5` as numbers; of what is no such version, none.
fn numbers(name: &[u8]) -> Vec<u32> {
    let version = std::str::from_utf8(name).ok().and_then(|name| name.strip_prefix("GLIBC_"));
    let Some(version) = version else { return Vec::new() };
    version.split('.').map(|part| part.parse().ok()).collect::<Option<_>>().unwrap_or_default()
}

/// A name out of the file, of which only plain characters are believed.
fn shown(name: &[u8]) -> String {
    let name: String =
        name.iter().map(|b| char::from(*b)).filter(|c| c.is_ascii_graphic()).take(80).collect();
    if name.is_empty() { "without a name".to_owned() } else { name }
}

/// What to do about a program that does not fit.
pub fn hint(wanted: Option<Architecture>) -> String {
    let target = match wanted {
        Some(Architecture::Arm64) => "aarch64",
        Some(Architecture::X86_64) | None => "x86_64",
    };
    format!(
        "build one that fits and name it with --binary: inside the image amazonlinux:2023, or with \
         `cargo zigbuild --release --target {target}-unknown-linux-gnu.{}.{}`",
        AL2023_GLIBC.0, AL2023_GLIBC.1
    )
}

/// What an instance type must be to run a program for `architecture`.
pub fn runs_on(instance_type: &str, architecture: Architecture) -> Result<(), String> {
    let found = Architecture::of_instance(instance_type);
    if found == architecture {
        return Ok(());
    }
    Err(format!("{instance_type} is {}, and the program is for {}", found.word(), architecture.word()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program as the linker makes it: this test itself.
    fn own() -> Vec<u8> {
        std::fs::read(std::env::current_exe().unwrap()).unwrap()
    }

    /// Every place of `text` in the file, made `other`, which is as long.
    fn with(bytes: &[u8], text: &str, other: &str) -> Vec<u8> {
        assert_eq!(text.len(), other.len());
        let mut changed = bytes.to_vec();
        let mut places = 0;
        for at in memchr::memmem::find_iter(bytes, text.as_bytes()).collect::<Vec<_>>() {
            changed[at..at + text.len()].copy_from_slice(other.as_bytes());
            places += 1;
        }
        assert!(places > 0, "{text} is not in it");
        changed
    }

    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn a_program_says_what_it_needs() {
        let fits = own();
        let architecture =
            if cfg!(target_arch = "aarch64") { Architecture::Arm64 } else { Architecture::X86_64 };
        match check(&fits) {
            Ok(found) => assert_eq!(found, architecture),
            // It was built on something newer.
            Err(Unfit::Glibc(version)) => assert!(version > vec![2, 34], "{version:?}"),
            Err(other) => panic!("{other}"),
        }
        assert_eq!(check(&with(&fits, "GLIBC_2.34\0", "GLIBC_2.99\0")), Err(Unfit::Glibc(vec![2, 99])));
        assert!(
            check(&with(&fits, "GLIBC_2.34\0", "GLIBC_2.99\0")).unwrap_err().to_string().contains("2.99")
        );
        let loader = with(&fits, "/ld-linux-", "/ld-musl1-");
        assert!(matches!(check(&loader), Err(Unfit::Loader(path)) if path.contains("musl")));
        let library = with(&fits, "libc.so.6\0", "libz.so.6\0");
        assert_eq!(check(&library), Err(Unfit::Library("libz.so.6".to_owned())));
    }

    #[test]
    fn what_is_no_program_for_linux_is_said() {
        assert_eq!(check(b"#!/bin/sh\n"), Err(Unfit::NotElf));
        assert_eq!(check(b""), Err(Unfit::NotElf));
        assert_eq!(check(b"\xcf\xfa\xed\xfe and so on"), Err(Unfit::NotElf));
        assert_eq!(check(b"\x7fELF\x01\x01\x01"), Err(Unfit::OtherProcessor));
        assert!(matches!(check(b"\x7fELF\x02\x01\x01"), Err(Unfit::Damaged(_))));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_file_that_is_cut_or_lies_is_refused_and_breaks_nothing() {
        let whole = own();
        for length in (0..4096).step_by(7).chain([whole.len() / 2, whole.len() - 1]) {
            assert!(check(&whole[..length]).is_err(), "{length}");
        }
        let mut state = 7_u64;
        for _ in 0..2_000 {
            let mut lies = whole[..whole.len().min(65_536)].to_vec();
            for _ in 0..8 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let at = usize::try_from(state >> 33).unwrap() % 1_024;
                lies[at] = (state >> 24) as u8;
            }
            let _ = check(&lies);
        }
    }

    #[test]
    fn a_machine_has_the_programs_processor() {
        assert!(runs_on("t3.medium", Architecture::X86_64).is_ok());
        let wrong = runs_on("t4g.medium", Architecture::X86_64).unwrap_err();
        assert_eq!(wrong, "t4g.medium is arm64, and the program is for x86_64");
    }
}
