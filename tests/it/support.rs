//! What the tests share: the tool in a clean environment, folders, and the recorded posts where they are.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
#[cfg(feature = "aws")]
use std::sync::OnceLock;

use serde_json::Value;

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Standard output as one JSON document.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| {
            panic!("stdout is no document ({e}):\n{}\nstderr:\n{}", self.stdout, self.stderr)
        })
    }

    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(
                self.stderr.contains(word) || self.stdout.contains(word),
                "{word:?} was not said.\nstdout:\n{}\nstderr:\n{}",
                self.stdout,
                self.stderr
            );
        }
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self
    }
}

/// The tool, in `folder`, with nothing of the caller's environment but what it needs to run.
pub fn tool(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sentistack"));
    command.current_dir(folder).env_clear().env("COLUMNS", "80").env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// Runs the tool in `folder`.
pub fn run<S: AsRef<OsStr>>(folder: &Path, args: impl IntoIterator<Item = S>) -> Ran {
    finish(tool(folder).args(args))
}

/// Runs the tool with `input` on its standard input.
pub fn run_with_stdin(folder: &Path, args: &[&str], input: &[u8]) -> Ran {
    use std::io::Write;
    let mut child = tool(folder)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // The tool may stop reading early; then the pipe is closed, which is no failure of the test.
    let feeder = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    let _ = feeder.join().unwrap();
    ran(output)
}

pub fn finish(command: &mut Command) -> Ran {
    ran(command.output().unwrap())
}

pub fn ran(output: std::process::Output) -> Ran {
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A new folder that goes away with the test.
pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// A file of the recorded posts, or `None` with a line that says so.
pub fn recorded(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: the recorded posts {name} are not beside this checkout");
    None
}

/// The live path's function as `cargo xtask function` builds it, or `None` with a line that says so.
#[allow(dead_code)]
pub fn function() -> Option<String> {
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    let tool = Path::new(env!("CARGO_BIN_EXE_sentistack"));
    let target = tool.parent()?.parent()?;
    let found = target.join("function").join(arch).join("sentistack-live");
    if found.exists() {
        return Some(found.display().to_string());
    }
    println!("skipped: there is no {} (`cargo xtask function` builds it)", found.display());
    None
}

/// The tool's own program without what a debugger wants of it: a quarter of the size, for machines that fetch it.
#[cfg(feature = "aws")]
pub fn program() -> String {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    let own = Path::new(env!("CARGO_BIN_EXE_sentistack"));
    let path = PROGRAM.get_or_init(|| {
        let small = own.with_file_name(format!("sentistack-stripped-{}", std::process::id()));
        let strip = Command::new("strip").arg("-o").args([&small, own]).status();
        if strip.is_ok_and(|status| status.success()) { small } else { own.to_owned() }
    });
    path.display().to_string()
}

/// Every file below `folder`, relative, with its bytes.
pub fn tree(folder: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut found = std::collections::BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&at) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// `n` lines of replay, five minutes apart.
pub fn lines(n: usize) -> String {
    (0..n)
        .map(|i| {
            let at = jiff::Timestamp::from_second(1_772_323_200 + i as i64 * 300).unwrap();
            format!(
                "{{\"id\":\"{}\",\"created_at\":\"{at}\",\"text\":\"post number {i} is {}\",\"lang\":\"en\",\"author_id\":\"{}\"}}\n",
                1_000_000 + i,
                ["great", "terrible", "on the table"][i % 3],
                i % 7
            )
        })
        .collect()
}
