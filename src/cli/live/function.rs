//! The function's program: where it is found, and whether Lambda would run it.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::config::choice::Choice;
use crate::config::stack::settings::Architecture;
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::live::package::{check_size, elf};

/// The program's name, wherever it is looked for.
const NAME: &str = "sentistack-live";

/// A program that Lambda would run.
pub struct Function {
    /// Absolute.
    pub path: PathBuf,
    pub bytes: Vec<u8>,
}

impl Function {
    /// The program that is named, or else the one beside the tool itself.
    ///
    /// # Errors
    /// Of kind `Usage` where there is none, of kind `Input` where it is not what Lambda runs.
    pub fn find(named: Option<&Path>, architecture: Architecture) -> Result<Self> {
        match named {
            Some(path) => Self::read(path, architecture),
            None => Self::read(&beside(architecture)?, architecture),
        }
    }

    fn read(path: &Path, architecture: Architecture) -> Result<Self> {
        let failed = |e: &std::io::Error| match e.kind() {
            std::io::ErrorKind::NotFound => {
                Error::usage(format!("there is no function at {}", path.display()))
                    .hint(build(architecture))
                    .resource(path.display())
            }
            _ => Error::io("read the function", path.display(), e),
        };
        let path = std::path::absolute(path).map_err(|e| failed(&e))?;
        let unfit = |why: String, hint: String| {
            Error::input(format!("{} is not the function: {why}", path.display()))
                .hint(hint)
                .resource(path.display())
        };
        let file = File::open(&path).map_err(|e| failed(&e))?;
        let about = file.metadata().map_err(|e| failed(&e))?;
        if !about.is_file() {
            return Err(unfit("it is no file".to_owned(), build(architecture)));
        }
        check_size(about.len())?;
        let mut bytes = Vec::new();
        file.take(limits::FUNCTION_BYTES + 1).read_to_end(&mut bytes).map_err(|e| failed(&e))?;
        check_size(bytes.len() as u64)?;
        elf::check(&bytes, architecture)
            .map_err(|fault| unfit(fault.to_string(), fault.hint(architecture)))?;
        if about.permissions().mode() & 0o111 == 0 {
            let hint = format!("make it one, if it is what it should be: chmod +x {}", path.display());
            return Err(unfit("it may not be run".to_owned(), hint));
        }
        Ok(Self { path, bytes })
    }
}

/// The program beside the tool's own: the one that is named after the processor before the one that is not.
fn beside(architecture: Architecture) -> Result<PathBuf> {
    let own = std::env::current_exe().and_then(std::fs::canonicalize).map_err(|e| {
        Error::new(ErrorKind::Usage, "the folder of this program is not known")
            .because(e)
            .hint("name the function: --function PATH")
    })?;
    let folder = own.parent().unwrap_or(Path::new("."));
    let names = [format!("{NAME}-{}", architecture.word()), NAME.to_owned()];
    names.iter().map(|name| folder.join(name)).find(|path| path.exists()).ok_or_else(|| {
        Error::usage(format!(
            "there is no function: neither {} nor {NAME} is in {}",
            names[0],
            folder.display()
        ))
        .hint(build(architecture))
        .resource(folder.display())
    })
}

fn build(architecture: Architecture) -> String {
    format!("build it with `{} --arch {}`, then name it: --function PATH", elf::BUILD, architecture.word())
}
