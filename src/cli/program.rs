//! The program of a machine of the stack, which works on a remote run or is the model endpoint: this one, where it fits,
//! or the one that is named.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::config::stack::settings::Architecture;
use crate::error::{Error, Result};
use crate::limits;
use crate::stack::{program, runner};

/// A program that fits.
pub struct Program {
    pub bytes: Vec<u8>,
    pub architecture: Architecture,
    /// Where it goes in the stack's bucket: by its content, so that it is put there once.
    pub key: String,
}

impl Program {
    /// Reads and checks it. `None`: the program that runs.
    ///
    /// # Errors
    /// Of kind `Usage` where it cannot run there, saying what it lacks and how to get one that can.
    pub fn load(named: Option<&Path>) -> Result<Self> {
        let path = match named {
            Some(path) => path.to_owned(),
            None => own()?,
        };
        let bytes = read(&path)?;
        let architecture = program::check(&bytes).map_err(|unfit| {
            let which = match named {
                Some(path) => path.display().to_string(),
                None => "this program".to_owned(),
            };
            Error::usage(format!("{which} cannot run on a machine of the stack: {unfit}"))
                .hint(program::hint(None))
                .resource(path.display())
        })?;
        let hash = Sha256::digest(&bytes);
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { bytes, architecture, key: format!("{}/{hash}", runner::PROGRAMS) })
    }
}

/// The file of the program that runs.
fn own() -> Result<PathBuf> {
    // It is the same file when another one has taken its name meanwhile.
    let itself = PathBuf::from("/proc/self/exe");
    if itself.exists() {
        return Ok(itself);
    }
    std::env::current_exe().map_err(|e| {
        Error::failed("this program does not find its own file").because(e).hint("name it: --binary PATH")
    })
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let failed = |e: &std::io::Error| Error::io("read the program", path.display(), e);
    let file = std::fs::File::open(path).map_err(|e| failed(&e))?;
    let mut bytes = Vec::new();
    file.take(limits::PROGRAM_BYTES + 1).read_to_end(&mut bytes).map_err(|e| failed(&e))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > limits::PROGRAM_BYTES) {
        return Err(Error::usage(format!("{} is no program: it is too large", path.display()))
            .hint("--binary takes the program itself"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_named_and_says_how_to_build_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("script");
        std::fs::write(&path, "#!/bin/sh\n").unwrap();
        let Err(error) = Program::load(Some(&path)) else { panic!("a script passed") };
        assert!(error.message.contains("script cannot run"), "{error}");
        assert!(error.hint.unwrap().contains("--binary"));
        let Err(error) = Program::load(Some(&folder.path().join("none"))) else { panic!("nothing passed") };
        assert_eq!(error.kind, crate::error::ErrorKind::Input);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn one_that_fits_is_known_by_its_content() {
        // This test itself, which may need more than the machine has where it was built on something newer.
        let own = std::env::current_exe().unwrap();
        let Ok(program) = Program::load(Some(&own)) else { return };
        let Ok(again) = Program::load(None) else { panic!("it fitted a moment ago") };
        assert_eq!(program.key, again.key);
        assert!(program.key.starts_with("runner/") && program.key.len() == 7 + 64);
    }
}
