//! `cargo xtask function`: the program of the live path's Lambda, linked statically, as `live package` and the tests want
//! it: `function/<arch>/sentistack-live` in the target folder.

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::DeflateEncoder;

use crate::error::{Error, Result};
use crate::process;
use crate::workspace::Workspace;

/// The program's name.
pub const NAME: &str = "sentistack-live";

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The processor that it is for
    #[arg(long, value_enum, default_value_t = Arch::X86_64)]
    arch: Arch,
}

/// Processors of Lambda.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Arch {
    #[value(name = "x86_64")]
    X86_64,
    #[value(name = "arm64")]
    Arm64,
}

impl Arch {
    pub const fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    /// As the compiler calls the processor.
    const fn processor(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "aarch64",
        }
    }

    fn target(self) -> String {
        format!("{}-unknown-linux-gnu", self.processor())
    }
}

pub fn run(args: &Args) -> Result<()> {
    let workspace = Workspace::find()?;
    let built = build(&workspace, args.arch)?;
    let program = std::fs::read(&built).map_err(|e| Error::io("read", &built, &e))?;
    println!("{}: {} bytes, {} in a zip", built.display(), program.len(), zipped(&program)?);
    Ok(())
}

/// Builds the program; where it is.
pub fn build(workspace: &Workspace, arch: Arch) -> Result<PathBuf> {
    let target = arch.target();
    is_installed(&target)?;
    let mut cargo = process::cargo(&workspace.root);
    cargo.args(["build", "--profile", "lambda", "--package", NAME, "--bin", NAME, "--target", &target]);
    // Whatever loader and C library Lambda's image has: it needs none. With a target named, build scripts are spared it.
    cargo.env("RUSTFLAGS", "-C target-feature=+crt-static").env_remove("CARGO_ENCODED_RUSTFLAGS");
    if std::env::consts::ARCH != arch.processor() {
        let compiler = format!("{}-linux-gnu-gcc", arch.processor());
        if !process::on_path(&compiler) {
            let package = format!("gcc-{}-linux-gnu", arch.processor().replace('_', "-"));
            return Err(Error::new(format!("{compiler} is missing, which links for {}", arch.name()))
                .hint(format!("on Debian: apt-get install {package}")));
        }
        let variable = target.to_uppercase().replace('-', "_");
        cargo.env(format!("CARGO_TARGET_{variable}_LINKER"), &compiler);
        cargo.env(format!("CC_{}", target.replace('-', "_")), &compiler);
    }
    process::show(&mut cargo)?;
    let made = workspace.target.join(&target).join("lambda").join(NAME);
    let folder = workspace.target.join("function").join(arch.name());
    std::fs::create_dir_all(&folder).map_err(|e| Error::io("create", &folder, &e))?;
    let place = folder.join(NAME);
    std::fs::copy(&made, &place).map_err(|e| Error::io("copy", &made, &e))?;
    Ok(place)
}

fn is_installed(target: &str) -> Result<()> {
    let libraries =
        process::read(process::command("rustc").args(["--print", "target-libdir", "--target", target]))?;
    if Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    Err(Error::new(format!("the compiler has nothing for {target}"))
        .hint(format!("rustup target add {target}")))
}

/// Bytes of a zip that holds the program alone, under the name that Lambda looks for.
pub fn zipped(program: &[u8]) -> Result<usize> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    let failed = |e: std::io::Error| Error::new(format!("cannot compress: {e}"));
    encoder.write_all(program).map_err(failed)?;
    let deflated = encoder.finish().map_err(failed)?;
    // A local header, a central one, its end, and the name twice.
    Ok(deflated.len() + 30 + 46 + 22 + 2 * "bootstrap".len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_that_is_not_there_is_named_with_its_command() {
        let error = is_installed("riscv64gc-unknown-linux-gnu").unwrap_err().to_string();
        assert!(error.contains("rustup target add riscv64gc-unknown-linux-gnu"), "{error}");
    }

    #[test]
    fn a_zip_is_smaller_than_what_repeats() {
        assert!(zipped(&[7; 100_000]).unwrap() < 1_000);
    }
}
