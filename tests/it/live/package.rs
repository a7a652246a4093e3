//! What is packed, read by programs that are not ours; and what is not packed, and why.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{arch, built, function, output, packed, packed_with, there};
use crate::support::{folder, run, tool, tree};

#[test]
fn the_zip_is_pythons_too_and_what_is_in_it_runs() {
    let here = folder();
    let Some(function) = function(here.path()) else { return };
    let document = packed(here.path(), &function, &["--only", "zip"]).expect(0).json();
    assert_eq!((&document["image"], &document["pushed"]), (&Value::Null, &Value::Null));
    assert_eq!(document["function"], function.display().to_string());
    assert_eq!(document["architecture"], arch());
    let zip = document["zip"]["path"].as_str().unwrap();
    assert!(zip.ends_with(&format!("/packaged/sentistack-live-{}.zip", arch())), "{zip}");
    assert_eq!(document["zip"]["bytes"], std::fs::metadata(zip).unwrap().len());
    if !there("python3") {
        return;
    }
    let script = "import sys, zipfile, hashlib\n\
        z = zipfile.ZipFile(sys.argv[1])\n\
        [i] = z.infolist()\n\
        assert z.testzip() is None and z.read(i) == open(sys.argv[2], 'rb').read()\n\
        print(i.filename, oct(i.external_attr >> 16), i.date_time, i.compress_type, i.create_system)\n\
        print(hashlib.sha256(open(sys.argv[1], 'rb').read()).hexdigest())";
    let said = output(Command::new("python3").args(["-c", script, zip]).arg(&function));
    let [about, hash] = said.lines().collect::<Vec<_>>()[..] else { panic!("{said}") };
    // Deflated, of a Unix.
    assert_eq!(about, "bootstrap 0o100755 (1980, 1, 1, 0, 0, 0) 8 3");
    assert_eq!(document["zip"]["sha256"], hash);
}

#[test]
fn the_same_function_gives_the_same_files_and_says_unchanged() {
    let here = folder();
    let Some(function) = function(here.path()) else { return };
    let first = packed(here.path(), &function, &[]).expect(0).json();
    assert_eq!(first["status"], "ok");
    let files = tree(&here.path().join("packaged"));
    assert_eq!(files.len(), 6, "{:?}", files.keys());
    let again = packed(here.path(), &function, &[]).expect(0).json();
    assert_eq!(again["status"], "unchanged");
    // From elsewhere, under another name, to elsewhere: none of it is in the bytes.
    let (moved, other) = (here.path().join("other name"), folder());
    std::fs::copy(&function, &moved).unwrap();
    let third = packed(other.path(), &moved, &["--dir", "a/b"]).expect(0).json();
    assert_eq!(
        (&third["zip"]["sha256"], &third["image"]["digest"]),
        (&first["zip"]["sha256"], &first["image"]["digest"])
    );
    assert_eq!(tree(&other.path().join("a/b")), files);
    // Another function takes the place of the first: its blobs go.
    let Some(changed) = built(here.path(), "changed", &["-static", "-O1"]) else { return };
    let fourth = packed(here.path(), &changed, &[]).expect(0).json();
    assert_ne!(fourth["image"]["digest"], first["image"]["digest"]);
    assert_eq!(tree(&here.path().join("packaged")).len(), 6);
    assert_eq!(fourth["image"]["unchanged"], false);
}

#[test]
fn skopeo_reads_the_image_from_its_folder() {
    let here = folder();
    let Some(function) = function(here.path()) else { return };
    let document = packed(here.path(), &function, &["--only", "image"]).expect(0).json();
    assert_eq!(document["zip"], Value::Null);
    if !there("skopeo") {
        return;
    }
    let image = document["image"]["path"].as_str().unwrap();
    let said = output(Command::new("skopeo").args(["inspect", &format!("oci:{image}")]));
    let said: Value = serde_json::from_str(&said).unwrap();
    let word = if arch() == "arm64" { "arm64" } else { "amd64" };
    assert_eq!((&said["Digest"], &said["Os"]), (&document["image"]["digest"], &"linux".into()));
    assert_eq!((&said["Architecture"], said["Layers"].as_array().unwrap().len()), (&word.into(), 1));
    let copy = here.path().join("copy");
    let copied = format!("dir:{}", copy.display());
    output(Command::new("skopeo").args(["copy", "--insecure-policy", &format!("oci:{image}"), &copied]));
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(copy.join("manifest.json")).unwrap()).unwrap();
    let layer = manifest["layers"][0]["digest"].as_str().unwrap().trim_start_matches("sha256:");
    super::runs_alone(here.path(), &[copy.join(layer)]);
}

#[test]
fn what_is_not_the_function_is_one_clear_line() {
    let here = folder();
    let at = |name: &str| here.path().join(name);
    let Some(program) = function(here.path()) else { return };
    let Some(dynamic) = built(here.path(), "dynamic", &[]) else { return };
    let bytes = std::fs::read(&program).unwrap();
    std::fs::write(at("script"), "#!/bin/sh\n").unwrap();
    std::fs::write(at("empty"), "").unwrap();
    std::fs::write(at("cut"), &bytes[..100]).unwrap();
    std::fs::write(at("not executable"), &bytes).unwrap();
    std::fs::set_permissions(at("not executable"), PermissionsExt::from_mode(0o644)).unwrap();
    // A file that takes no room, and would take all memory.
    std::fs::File::create(at("huge")).unwrap().set_len(1 << 40).unwrap();
    for (path, code, says) in [
        (at("nowhere"), 2, ["there is no function at", "cargo xtask function --arch"]),
        (at("script"), 1, ["it is a script, not a program", "cargo xtask function"]),
        (at("empty"), 1, ["it is empty", "cargo xtask function"]),
        (at("cut"), 1, ["it is damaged", "cargo xtask function"]),
        (at("not executable"), 1, ["it may not be run", "chmod +x"]),
        (at("huge"), 1, ["Lambda takes 250 MiB at most", "optimised"]),
        (here.path().to_owned(), 1, ["it is no file", "cargo xtask function"]),
        (dynamic, 1, ["linked dynamically", "crt-static"]),
    ] {
        let ran = packed(here.path(), &path, &[]).expect(code).says(&says);
        assert_eq!(ran.json()["zip"], Value::Null, "{}", path.display());
    }
    let other = if arch() == "arm64" { "x86_64" } else { "arm64" };
    let wrong = format!("it is built for {}, not for {other}", arch());
    let mut command = tool(here.path());
    command.env("SENTISTACK_LIVE_ARCHITECTURE", other).args(["live", "package", "--function"]).arg(&program);
    crate::support::finish(&mut command).expect(1).says(&[&wrong, "--arch"]);
    assert!(!at("packaged").exists(), "nothing is written of what is not the function");
    packed_with(here.path(), &program, &[], &[("SENTISTACK_LIVE_ARCHITECTURE", other)]).expect(0);
}

#[test]
fn the_function_is_looked_for_beside_the_tool() {
    let here = folder();
    let Some(program) = function(here.path()) else { return };
    let bin = here.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    std::fs::copy(env!("CARGO_BIN_EXE_sentistack"), bin.join("sentistack")).unwrap();
    let ask = |args: &[&str]| {
        let mut command = Command::new(bin.join("sentistack"));
        command.current_dir(here.path()).env_clear().args(["live", "package", "-o", "json", "--only", "zip"]);
        crate::support::finish(command.args(["--arch", arch()]).args(args))
    };
    ask(&[]).expect(2).says(&["neither sentistack-live-", "cargo xtask function --arch"]);
    std::fs::copy(&program, bin.join("sentistack-live")).unwrap();
    let found = |doc: Value| Path::new(doc["function"].as_str().unwrap()).file_name().unwrap().to_owned();
    assert_eq!(found(ask(&[]).expect(0).json()), "sentistack-live");
    let own = format!("sentistack-live-{}", arch());
    std::fs::copy(&program, bin.join(&own)).unwrap();
    assert_eq!(found(ask(&[]).expect(0).json()), own.as_str());
}

#[test]
fn people_are_told_what_was_written_where() {
    let here = folder();
    let Some(function) = function(here.path()) else { return };
    let ask = || {
        let mut command = tool(here.path());
        command.args(["live", "package", "--arch", arch(), "--function"]).arg(&function);
        crate::support::finish(&mut command).expect(0)
    };
    let zip = format!("packaged/sentistack-live-{}.zip (", arch());
    ask().says(&["function /", "wrote /", &zip, &format!("packaged/image-{} (", arch()), "sha256:"]);
    ask().says(&["unchanged /", &zip]);
}

#[test]
fn a_slip_on_the_command_line_is_told_before_anything_is_written() {
    let here = folder();
    for (args, says) in [
        (vec!["--push", "a.example/fn", "--only", "zip"], "--only leaves it out"),
        (vec!["--push", "https://a.example/fn"], "has a scheme"),
        (vec!["--push", "me:s3cret@a.example/fn"], "has a user's name in it"),
        (vec!["--push", "fn:v1"], "names no registry"),
        (vec!["--arch", "mips"], "unknown architecture"),
        (vec!["--only", "tar"], "unknown package"),
    ] {
        let ran = run(here.path(), ["live", "package"].into_iter().chain(args)).expect(2).says(&[says]);
        assert!(!ran.stderr.contains("s3cret"), "{}", ran.stderr);
    }
    assert!(tree(here.path()).is_empty());
}

#[test]
fn a_folder_that_cannot_be_written_is_an_outside_cause() {
    let here = folder();
    let Some(function) = function(here.path()) else { return };
    // Nothing can be made below it, not even by root.
    packed(here.path(), &function, &["--dir", "/proc/nowhere"]).expect(1).says(&["cannot write", "--dir"]);
    std::fs::write(here.path().join("file"), "").unwrap();
    packed(here.path(), &function, &["--dir", "file/in"]).expect(1).says(&["cannot write", "--dir"]);
}
