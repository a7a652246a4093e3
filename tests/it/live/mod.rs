//! The live path: the function packed, pushed and pulled back by others.

mod broken;
mod local;
mod package;
mod pushed;
mod scripted;
mod x_stream;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::{Ran, finish, tool};

/// What the program of these tests says when it runs, and how it ends.
pub const SAYS: &str = "hello from an empty base\n";
pub const ENDS: i32 = 7;

/// It looks for the folder for temporary files, too, which an image has to have.
const SOURCE: &str = r#"
#include <stdio.h>
#include <sys/stat.h>
int main(void) {
    struct stat tmp;
    if (stat("/tmp", &tmp) != 0 || (tmp.st_mode & 07777) != 01777) return 1;
    fputs("hello from an empty base\n", stdout);
    return 7;
}
"#;

/// This machine's processor, as Lambda names it.
pub fn arch() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" }
}

/// Builds a small program in `folder`, linked statically or not; `None` with a line that says so where this cannot be
/// done.
pub fn built(folder: &Path, name: &str, flags: &[&str]) -> Option<PathBuf> {
    let (source, program) = (folder.join("program.c"), folder.join(name));
    std::fs::write(&source, SOURCE).unwrap();
    let ran = Command::new("cc").args(flags).arg("-o").arg(&program).arg(&source).output();
    if ran.is_ok_and(|ran| ran.status.success()) {
        return Some(program);
    }
    println!("skipped: the C compiler of this machine links no program with {flags:?}");
    None
}

/// The program as a function should be.
pub fn function(folder: &Path) -> Option<PathBuf> {
    built(folder, "function", &["-static", "-O2"])
}

/// Whether a program is on the PATH; says so where it is not.
pub fn there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    if !there {
        println!("skipped: {program} is not installed (Debian has a package of that name)");
    }
    there
}

/// A system's own program, whose output is wanted.
pub fn output(command: &mut Command) -> String {
    let ran = command.stdin(Stdio::null()).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{command:?}\n{out}\n{err}");
    out.into_owned()
}

/// `live package` of `function`, as a document.
pub fn packed(folder: &Path, function: &Path, args: &[&str]) -> Ran {
    packed_with(folder, function, args, &[])
}

/// The same, in an environment.
pub fn packed_with(folder: &Path, function: &Path, args: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = tool(folder);
    command.env("SENTISTACK_TEST_PACE", "0.01").envs(variables.iter().copied());
    command.args(["live", "package", "-o", "json", "--arch", arch(), "--function"]).arg(function);
    finish(command.args(args))
}

/// Unpacks layers into a folder, and runs the entry point of an image where there is nothing else.
pub fn runs_alone(folder: &Path, layers: &[PathBuf]) {
    let root = folder.join("root");
    std::fs::create_dir(&root).unwrap();
    for layer in layers {
        output(Command::new("tar").arg("-xpzf").arg(layer).arg("-C").arg(&root));
    }
    let mut names: Vec<_> =
        std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["bootstrap", "tmp"]);
    let user = output(Command::new("id").arg("-u"));
    // Without root's rights, in a world in which we are root.
    let mut alone = match user.trim() {
        "0" => Command::new("chroot"),
        _ => {
            let mut unshare = Command::new("unshare");
            if !unshare.args(["-r", "true"]).output().is_ok_and(|ran| ran.status.success()) {
                println!("skipped: nobody may change the root folder here (neither root nor unshare -r)");
                return;
            }
            let mut unshare = Command::new("unshare");
            unshare.args(["-r", "chroot"]);
            unshare
        }
    };
    let ran = alone
        .arg(&root)
        .arg("/bootstrap")
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert_eq!((said.as_ref(), ran.status.code()), (SAYS, Some(ENDS)), "{ran:?}");
}
