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

    /// musl, not glibc: a program linked statically with it is 0.4 MB smaller in its zip, and asks for names by itself,
    /// where glibc would load libraries of the system that it was built on.
    fn musl(self) -> String {
        format!("{}-unknown-linux-musl", self.processor())
    }

    /// Of the system's own glibc: larger, and right as well.
    fn glibc(self) -> String {
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
    let target = target(arch)?;
    let mut cargo = process::cargo(&workspace.root);
    cargo.args(["build", "--profile", "lambda", "--package", NAME, "--bin", NAME, "--target", &target]);
    // It aborts where it would unwind. With a target named, build scripts are spared these flags.
    cargo.env("RUSTFLAGS", "-C target-feature=+crt-static -C force-unwind-tables=no");
    cargo.env_remove("CARGO_ENCODED_RUSTFLAGS");
    // The one C library that is compiled (ring) asks nothing of a C library: any compiler for the processor will do.
    let compiler = match std::env::consts::ARCH == arch.processor() {
        true => "cc".to_owned(),
        false => format!("{}-linux-gnu-gcc", arch.processor()),
    };
    if !process::on_path(&compiler) {
        let package = match compiler.as_str() {
            "cc" => "gcc".to_owned(),
            _ => format!("gcc-{}-linux-gnu", arch.processor().replace('_', "-")),
        };
        return Err(Error::new(format!(
            "{compiler} is missing, which compiles and links for {}",
            arch.name()
        ))
        .hint(format!("on Debian: apt-get install {package}")));
    }
    let variable = target.replace('-', "_");
    if std::env::var_os(format!("CC_{variable}")).is_none() {
        cargo.env(format!("CC_{variable}"), &compiler);
    }
    cargo.env(format!("CARGO_TARGET_{}_LINKER", variable.to_uppercase()), &compiler);
    process::show(&mut cargo)?;
    let made = workspace.target.join(&target).join("lambda").join(NAME);
    let folder = workspace.target.join("function").join(arch.name());
    std::fs::create_dir_all(&folder).map_err(|e| Error::io("create", &folder, &e))?;
    let place = folder.join(NAME);
    std::fs::copy(&made, &place).map_err(|e| Error::io("copy", &made, &e))?;
    Ok(place)
}

/// What is built for: musl where the compiler has it or can get it, else glibc, which it has for its own processor.
///
/// # Errors
/// Names the command that gets what is missing.
fn target(arch: Arch) -> Result<String> {
    let musl = arch.musl();
    if is_installed(&musl)? {
        return Ok(musl);
    }
    if process::on_path("rustup") {
        let got = process::show(process::command("rustup").args(["target", "add", &musl]));
        if got.is_ok() && is_installed(&musl)? {
            return Ok(musl);
        }
    }
    let glibc = arch.glibc();
    if is_installed(&glibc)? {
        println!(
            "the compiler has nothing for {musl} (rustup target add {musl}): built for {glibc}, and larger by that"
        );
        return Ok(glibc);
    }
    Err(Error::new(format!("the compiler has nothing for {musl}")).hint(format!("rustup target add {musl}")))
}

fn is_installed(target: &str) -> Result<bool> {
    let libraries =
        process::read(process::command("rustc").args(["--print", "target-libdir", "--target", target]))?;
    Ok(Path::new(libraries.trim()).is_dir())
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
    fn a_zip_is_smaller_than_what_repeats() {
        assert!(zipped(&[7; 100_000]).unwrap() < 1_000);
    }
}
