//! Whether a file is a program that runs in Lambda on its own: Linux, the right processor, nothing to be loaded.

use object::LittleEndian;
use object::elf::{DT_NEEDED, DT_NULL, EM_AARCH64, EM_X86_64, ET_DYN, ET_EXEC, FileHeader64, PT_INTERP};
use object::read::elf::{Dyn, FileHeader, ProgramHeader};

use crate::config::choice::Choice;
use crate::config::stack::settings::Architecture;

type Header = FileHeader64<LittleEndian>;

/// The command that builds the function as it should be.
pub const BUILD: &str = "cargo xtask function";

/// Why a file is not the function.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("it is empty")]
    Empty,
    #[error("it is a script, not a program")]
    Script,
    #[error("it is no program for Linux (no ELF file)")]
    NotElf,
    #[error("it is a 32-bit program")]
    Not64,
    #[error("it is a program for big-endian processors")]
    BigEndian,
    #[error("it is built for {found}, not for {wanted}")]
    OtherProcessor { found: String, wanted: Architecture },
    #[error("it is no program that can be run, but an object file or a core dump")]
    NotExecutable,
    #[error("it is a library: it has no entry point")]
    NoEntry,
    #[error("it is linked dynamically: it wants {0}, which Lambda's empty base has not")]
    Dynamic(String),
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
}

impl Fault {
    /// What to do about it.
    pub fn hint(&self, wanted: Architecture) -> String {
        let word = wanted.word();
        match self {
            Self::OtherProcessor { .. } => {
                format!("build it for {word} ({BUILD} --arch {word}), or choose the other one: --arch")
            }
            Self::Dynamic(_) => {
                format!(
                    "link it statically: {BUILD} --arch {word}, or RUSTFLAGS='-C target-feature=+crt-static'"
                )
            }
            Self::Empty
            | Self::Script
            | Self::NotElf
            | Self::Not64
            | Self::BigEndian
            | Self::NotExecutable
            | Self::NoEntry
            | Self::Damaged(_) => format!("--function takes the program that `{BUILD} --arch {word}` builds"),
        }
    }
}

/// Checks a program. Nothing in it is trusted: a header that lies is a fault.
///
/// # Errors
/// The first fault, from the coarse to the fine.
pub fn check(bytes: &[u8], wanted: Architecture) -> Result<(), Fault> {
    identity(bytes)?;
    let header = Header::parse(bytes).map_err(|_| Fault::Damaged("its header is cut"))?;
    let machine = header.e_machine(LittleEndian);
    if machine != number(wanted) {
        return Err(Fault::OtherProcessor { found: processor(machine), wanted });
    }
    if !matches!(header.e_type(LittleEndian), ET_EXEC | ET_DYN) {
        return Err(Fault::NotExecutable);
    }
    let segments = header
        .program_headers(LittleEndian, bytes)
        .map_err(|_| Fault::Damaged("its program headers are cut"))?;
    for segment in segments {
        if segment.p_type(LittleEndian) == PT_INTERP {
            let loader = segment.interpreter(LittleEndian, bytes).ok().flatten().unwrap_or_default();
            return Err(Fault::Dynamic(shown(loader)));
        }
        let entries = segment.dynamic(LittleEndian, bytes);
        let entries = entries.map_err(|_| Fault::Damaged("its dynamic section is cut"))?.unwrap_or_default();
        let tags = entries.iter().map(|entry| entry.d_tag(LittleEndian));
        if tags.take_while(|tag| *tag != DT_NULL).any(|tag| tag == DT_NEEDED) {
            return Err(Fault::Dynamic("shared libraries".to_owned()));
        }
    }
    if header.e_entry(LittleEndian) == 0 {
        return Err(Fault::NoEntry);
    }
    if segments.is_empty() {
        return Err(Fault::Damaged("it has no segments"));
    }
    Ok(())
}

/// The first 16 bytes: what kind of file it is.
fn identity(bytes: &[u8]) -> Result<(), Fault> {
    if bytes.is_empty() {
        return Err(Fault::Empty);
    }
    if bytes.starts_with(b"#!") {
        return Err(Fault::Script);
    }
    if !bytes.starts_with(b"\x7fELF") {
        return Err(Fault::NotElf);
    }
    match (bytes.get(4), bytes.get(5)) {
        (Some(2), Some(1)) => Ok(()),
        (Some(1), _) => Err(Fault::Not64),
        (_, Some(2)) => Err(Fault::BigEndian),
        _ => Err(Fault::Damaged("its header is cut")),
    }
}

fn number(architecture: Architecture) -> u16 {
    match architecture {
        Architecture::Arm64 => EM_AARCH64,
        Architecture::X86_64 => EM_X86_64,
    }
}

fn processor(machine: u16) -> String {
    match Architecture::ALL.iter().find(|known| number(**known) == machine) {
        Some(known) => known.word().to_owned(),
        None => format!("another processor (ELF machine {machine})"),
    }
}

/// A loader's path, of which only plain characters are believed.
fn shown(loader: &[u8]) -> String {
    let path: String =
        loader.iter().map(|b| char::from(*b)).filter(|c| c.is_ascii_graphic()).take(80).collect();
    if path.is_empty() { "a loader".to_owned() } else { path }
}
