//! Which files are meant by what was given: files, globs, folders, standard input. It looks at names and sizes only;
//! what is in a file is read elsewhere.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use rustc_hash::FxHashSet;
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use super::decode::unreadable;
use crate::error::{Error, Result};

/// What standard input is called.
pub const STDIN: &str = "-";
/// Ends of the names that are read in a folder, under `.gz` or `.zst` too. A file given by name is always read.
const READ: [&str; 6] = ["jsonl", "ndjson", "json", "csv", "tsv", "jsonlines"];
const PACKED: [&str; 4] = ["gz", "gzip", "zst", "zstd"];
/// The tool's own folder, and what makes a folder one of its runs.
const OWN_FOLDER: &str = "sentistack-data";
const RUN_FILES: [&str; 2] = ["manifest.json", "journal.jsonl"];

/// One file, or standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// As given, or under the folder as given: what rejects name.
    pub shown: String,
    /// `None` for standard input.
    pub path: Option<PathBuf>,
    /// Bytes, where that is known (it is not for a pipe).
    pub bytes: Option<u64>,
    /// Milliseconds since 1970 at which it was last written.
    pub modified: Option<u64>,
}

/// The inputs, in the order given (those of a folder by name), and notes on what was passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    pub files: Vec<Input>,
    pub notes: Vec<String>,
}

/// Finds the files that `given` means.
///
/// # Errors
/// Where something is not there (kind `Input`), a pattern is malformed, or nothing is left to read.
pub fn find(given: &[String]) -> Result<Inputs> {
    if given.is_empty() {
        return Err(Error::usage("replay needs something to read").hint("name files or folders with --input"));
    }
    let mut found = Inputs::default();
    let mut seen = FxHashSet::default();
    for one in given {
        if one == STDIN {
            let stdin = Input { shown: STDIN.to_owned(), path: None, bytes: None, modified: None };
            add(stdin, &mut found, &mut seen);
            continue;
        }
        let path = Path::new(one);
        match path.metadata() {
            Ok(about) if about.is_dir() => folder(path, &mut found, &mut seen)?,
            Ok(about) => add(input(path, &about), &mut found, &mut seen),
            Err(_) if one.contains(['*', '?', '[']) => pattern(one, &mut found, &mut seen)?,
            Err(error) => return Err(unreadable(one, &error)),
        }
    }
    if found.files.is_empty() {
        let mut error = Error::input(format!("nothing to read in {}", given.join(", ")))
            .hint("posts are read from .jsonl, .json, .csv and .tsv files, also with .gz or .zst");
        error.causes.extend(found.notes.iter().take(3).cloned());
        return Err(error);
    }
    Ok(found)
}

fn pattern(given: &str, found: &mut Inputs, seen: &mut FxHashSet<PathBuf>) -> Result<()> {
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::new() };
    let paths = glob::glob_with(given, options)
        .map_err(|error| Error::input(format!("{given} is not a pattern")).because(error.msg))?;
    let mut any = false;
    for path in paths {
        let path = path.map_err(|error| unreadable(&error.path().display().to_string(), error.error()))?;
        any = true;
        let about = path.metadata().map_err(|error| unreadable(&path.display().to_string(), &error))?;
        if about.is_dir() {
            folder(&path, found, seen)?;
        } else {
            add(input(&path, &about), found, seen);
        }
    }
    if any {
        Ok(())
    } else {
        Err(Error::input(format!("no file matches {given}"))
            .hint("check the path given with --input")
            .resource(given))
    }
}

/// All files below `root` that may hold posts, by name.
fn folder(root: &Path, found: &mut Inputs, seen: &mut FxHashSet<PathBuf>) -> Result<()> {
    let walk = WalkDir::new(root).follow_links(true).sort_by_file_name();
    let mut entries = walk.into_iter();
    while let Some(entry) = entries.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if error.loop_ancestor().is_some() => {
                found.notes.push("passed over a link that leads back into its own folder".to_owned());
                continue;
            }
            Err(error) => {
                let path = error.path().unwrap_or(root).display().to_string();
                if error.io_error().is_some_and(|e| e.kind() == std::io::ErrorKind::NotFound) {
                    found.notes.push(format!("passed over {path}: it links to nothing"));
                    continue;
                }
                return Err(match error.io_error() {
                    Some(cause) => unreadable(&path, cause),
                    None => Error::input(format!("cannot read {path}")).because(error),
                });
            }
        };
        let path = entry.path();
        let name = entry.file_name().to_string_lossy();
        let hidden = entry.depth() > 0 && name.starts_with('.');
        if entry.file_type().is_dir() {
            if hidden || is_own(path) {
                if !hidden {
                    found
                        .notes
                        .push(format!("passed over {}: it holds this tool's own runs", path.display()));
                }
                entries.skip_current_dir();
            }
        } else if !hidden {
            if is_read(&name) {
                let about =
                    path.metadata().map_err(|error| unreadable(&path.display().to_string(), &error))?;
                add(input(path, &about), found, seen);
            } else {
                found
                    .notes
                    .push(format!("passed over {}: not a .jsonl, .json, .csv or .tsv file", path.display()));
            }
        }
    }
    Ok(())
}

/// Whether a folder is the tool's own, or one of its runs.
fn is_own(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == OWN_FOLDER)
        || RUN_FILES.iter().all(|file| path.join(file).is_file())
}

fn is_read(name: &str) -> bool {
    let mut parts = name.rsplit('.').map(str::to_ascii_lowercase);
    let Some(last) = parts.next() else { return false };
    let kind = if PACKED.contains(&last.as_str()) { parts.next() } else { Some(last) };
    kind.is_some_and(|kind| READ.contains(&kind.as_str())) && name.contains('.')
}

fn input(path: &Path, about: &std::fs::Metadata) -> Input {
    let modified = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    Input {
        shown: path.display().to_string(),
        path: Some(path.to_owned()),
        bytes: about.is_file().then_some(about.len()),
        modified: modified.and_then(|since| u64::try_from(since.as_millis()).ok()),
    }
}

/// Each file once, however it was named.
fn add(input: Input, found: &mut Inputs, seen: &mut FxHashSet<PathBuf>) {
    let key = match &input.path {
        Some(path) => path.canonicalize().unwrap_or_else(|_| path.clone()),
        None => PathBuf::from(STDIN),
    };
    if seen.insert(key) {
        found.files.push(input);
    } else {
        found.notes.push(format!("{} is named twice; it is read once", input.shown));
    }
}

/// Changes when an input does: a short hash over paths, sizes and times of writing.
pub fn fingerprint(files: &[Input]) -> String {
    let mut hash = Sha256::new();
    for file in files {
        hash.update(format!("{:?} {:?} {:?}\n", file.shown, file.bytes, file.modified));
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
