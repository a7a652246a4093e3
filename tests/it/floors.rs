//! The floors of `docs/ARCHITECTURE.md`, held: every `use crate::…` and `crate::…` path in `src/` must
//! point to the same module, or to a lower floor that the module may see.

use std::fs;
use std::path::{Path, PathBuf};

/// Modules by floor: the first path component, or two of them where a folder spans floors.
const FLOORS: &[(&str, u8)] = &[
    ("assets", 0),
    ("error", 0),
    ("id", 0),
    ("layout", 0),
    ("limits", 0),
    ("model", 0),
    ("wire", 0),
    ("config", 1),
    ("cost", 1),
    ("journal", 1),
    ("live::account", 1),
    ("live::note", 1),
    ("live::package", 1),
    ("manifest", 1),
    ("panels", 1),
    ("redshift", 1),
    ("render", 1),
    ("stack::caller", 1),
    ("stack::change", 1),
    ("stack::event", 1),
    ("stack::grafana", 1),
    ("stack::names", 1),
    ("stack::permissions", 1),
    ("stack::plan", 1),
    ("stack::program", 1),
    ("stack::reason", 1),
    ("stack::runner", 1),
    ("stack::state", 1),
    ("stack::status", 1),
    ("stack::ttl", 1),
    ("live::log", 1),
    ("dashboard::port", 2),
    ("listen", 2),
    ("live::port", 2),
    ("live::bring", 3),
    ("live::delivered", 3),
    ("live::picture", 3),
    ("live::put", 3),
    ("live::send", 3),
    ("stack::port", 2),
    ("stack::apply", 3),
    ("stack::planner", 3),
    ("stack::sweep", 3),
    ("stack::teardown", 3),
    ("stack::watch", 3),
    ("pipeline::event", 1),
    ("pipeline::gate", 1),
    ("pipeline::merge", 1),
    ("pipeline::packet", 1),
    ("pipeline::plan", 1),
    ("pipeline::privacy", 1),
    ("pipeline::stages", 1),
    ("pipeline::port", 2),
    ("pipeline::compare", 3),
    ("pipeline::context", 3),
    ("pipeline::follow", 3),
    ("pipeline::forget", 3),
    ("pipeline::ingest", 3),
    ("pipeline::load", 3),
    ("pipeline::pages", 3),
    ("pipeline::report", 3),
    ("pipeline::run", 3),
    ("pipeline::score", 3),
    ("pipeline::transform", 3),
    ("aws", 4),
    ("dashboard", 4),
    ("local", 4),
    ("online", 4),
    ("serve", 4),
    ("source", 4),
    ("ui", 4),
    ("cli", 5),
];

/// Crates that only some modules may name, and which.
const FENCED: &[(&str, &[&str])] = &[
    ("aws_", &["aws"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("indicatif", &["ui"]),
    ("anstream", &["ui"]),
    ("comfy_table", &["cli", "ui"]),
    ("rusqlite", &["local"]),
    ("parquet", &["local"]),
    ("reqwest", &["online", "source"]),
    ("axum", &["dashboard", "listen", "serve"]),
    ("hyper", &["listen", "serve"]),
    ("hyper_util", &["listen"]),
    ("prometheus_client", &["serve"]),
    ("tokio_tungstenite", &["source"]),
    ("http_auth", &["online"]),
    ("docker_credential", &["cli"]),
    ("object", &["live", "stack"]),
    ("tar", &["live"]),
];

/// What floor 1 and below may not name: they are pure.
const IMPURE: &[&str] = &[
    "tokio",
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "Timestamp::now",
    "SystemTime",
    "Instant::now",
];

#[test]
fn imports_go_down_only() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(here) = module(&path) else { continue };
        let floor =
            floor_of(&here).unwrap_or_else(|| panic!("{} is on no floor: add it to FLOORS", path.display()));
        for named in crate_paths(&code(&text)) {
            let Some(there) = floor_of(&named) else { continue };
            let spans = matches!(top(&here), "dashboard" | "live" | "pipeline" | "stack");
            let same = top(&here) == top(&named) && !spans;
            let sideways = floor == 4 && there == 4;
            let engines = floor == 4 && there == 3;
            if !same && (there > floor || sideways || engines) {
                wrong.push(format!("{}: floor {floor} names {named} on floor {there}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn fenced_crates_stay_behind_their_fence() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(here) = module(&path) else { continue };
        for (number, line) in code(&text).lines().enumerate() {
            for (krate, allowed) in FENCED {
                let named = line.contains(&format!("{krate}::"))
                    || (krate.ends_with('_') && line.contains(&format!("use {krate}")));
                if named && !is_word_inside(line, krate) && !allowed.contains(&top(&here)) {
                    wrong.push(format!("{}:{}: {krate}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_lower_floors_are_pure() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(here) = module(&path) else { continue };
        if floor_of(&here).is_none_or(|floor| floor > 1) {
            continue;
        }
        for word in IMPURE {
            if code(&text).contains(word) {
                wrong.push(format!("{}: {word}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_ui_prints() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(here) = module(&path) else { continue };
        let prints = ["println!", "print!", "eprintln!", "eprint!", "dbg!"];
        if top(&here) != "ui" && prints.iter().any(|p| code(&text).contains(p)) {
            wrong.push(path.display().to_string());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") && !is_test(&path) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(&root).unwrap().to_owned(), text));
            }
        }
    }
    assert!(found.len() > 20, "the sources were not found");
    found.sort();
    found
}

/// Tests of a module that stand in files of their own.
fn is_test(path: &Path) -> bool {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    name == "tests"
        || name.ends_with("_tests")
        || name == "testing"
        || path.iter().any(|part| part == "tests")
}

/// `pipeline/gate.rs` → `pipeline::gate`; `main.rs`, `lib.rs` and `mod.rs` of folders that span floors have none.
fn module(path: &Path) -> Option<String> {
    let mut parts: Vec<String> =
        path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    let name = parts.join("::");
    (!matches!(name.as_str(), "main" | "lib" | "live" | "pipeline" | "stack")).then_some(name)
}

/// The code without its tests and without comments, strings left as they are.
fn code(text: &str) -> String {
    let before_tests = text.split("#[cfg(test)]").next().unwrap_or_default();
    before_tests
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

fn floor_of(module: &str) -> Option<u8> {
    FLOORS
        .iter()
        .filter(|(name, _)| module == *name || module.starts_with(&format!("{name}::")))
        .max_by_key(|(name, _)| name.len())
        .map(|(_, floor)| *floor)
}

fn top(module: &str) -> &str {
    module.split("::").next().unwrap_or_default()
}

/// Every `crate::a::b` path, with the braces of `use crate::{…}` opened at the first level.
fn crate_paths(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in code.split("crate::").skip(1) {
        if let Some(list) = part.strip_prefix('{') {
            let inner = list.split('}').next().unwrap_or_default();
            found.extend(inner.split(',').map(|p| p.trim().to_owned()));
            continue;
        }
        let head: String =
            part.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':')).collect();
        let base = head.trim_end_matches(':').to_owned();
        let rest = &part[head.len()..];
        if let Some(list) = rest.strip_prefix('{').filter(|_| head.ends_with("::")) {
            let inner = list.split('}').next().unwrap_or_default();
            found.extend(inner.split(',').map(|p| format!("{base}::{}", p.trim())));
        } else {
            found.push(base);
        }
    }
    found
}

/// `clap::` inside `clap_complete::` or `xclap::` is no mention of clap.
fn is_word_inside(line: &str, krate: &str) -> bool {
    line.match_indices(krate).all(|(at, _)| {
        line[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
    })
}

#[test]
fn the_reader_of_paths_sees_what_it_should() {
    let paths = crate_paths(
        "use crate::{error, ui::Printer}; use crate::local::{files::Files, lock}; crate::id::x()",
    );
    assert_eq!(paths, ["error", "ui::Printer", "local::files::Files", "local::lock", "id::x"]);
}
