//! A full disk, a read-only folder, Ctrl-C: a clear message, the right exit code, and a run that goes on.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Ran, finish, folder, run, tool};

/// Whether this machine lets a test mount a file system of its own.
fn can_mount() -> bool {
    let can = Command::new("unshare")
        .args(["-rm", "sh", "-c", "mount -t tmpfs -o size=64k tmpfs /mnt"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !can {
        println!("skipped: this machine lets no test mount a file system");
    }
    can
}

/// Runs the tool in a mount namespace, with `mount` done first.
fn inside(folder: &Path, mount: &str, args: &[&str]) -> Ran {
    let script = format!("{mount} && exec \"$0\" \"$@\"");
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", &script, env!("CARGO_BIN_EXE_sentistack")]).args(args);
    command.current_dir(folder).env("NO_COLOR", "1").stdin(Stdio::null());
    finish(&mut command)
}

const SAMPLE: [&str; 9] =
    ["pipeline", "run", "--source", "sample", "--limit", "20000", "--run-id", "r", "-q"];

#[test]
fn a_full_disk_is_exit_4_and_the_run_resumes_with_room() {
    if !can_mount() {
        return;
    }
    let here = folder();
    let data = here.path().join("sentistack-data");
    std::fs::create_dir(&data).unwrap();
    // What was written before the disk was full is copied back out, as if room had been made.
    let mount = "mkdir -p kept && mount -t tmpfs -o size=3m tmpfs sentistack-data";
    let script = format!("{mount} && \"$0\" \"$@\"; code=$?; cp -a sentistack-data/. kept/; exit $code");
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", &script, env!("CARGO_BIN_EXE_sentistack")]).args(SAMPLE);
    command.current_dir(here.path()).env("NO_COLOR", "1").stdin(Stdio::null());
    finish(&mut command).expect(4).says(&["space", "resume"]);
    let doc = run(here.path(), ["pipeline", "resume", "r", "--root", "kept", "-o", "json"]).expect(0).json();
    assert_eq!(doc["tweets"].as_u64().unwrap() + doc["collapsed"].as_u64().unwrap(), 20_000);
}

#[test]
fn a_read_only_folder_is_exit_4() {
    if !can_mount() {
        return;
    }
    let here = folder();
    std::fs::create_dir(here.path().join("sentistack-data")).unwrap();
    let mount = "mount -t tmpfs -o ro,size=1m tmpfs sentistack-data";
    inside(here.path(), mount, &SAMPLE).expect(4).says(&["sentistack-data", "writable"]);
}

/// Starts a long run, waits until it has staged something, sends `signal`, and gives its end.
fn interrupted(folder: &Path, signal: &str) -> Ran {
    let mut child = tool(folder)
        .args(["pipeline", "run", "--source", "sample", "--limit", "3000000", "--run-id", "r"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let staging = folder.join("sentistack-data/runs/r/staging");
    let began = Instant::now();
    while !staging.exists() && began.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(10));
    }
    let killed = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let status = child.wait().unwrap();
    let mut said = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut said).unwrap();
    Ran { code: status.code(), stdout: String::new(), stderr: said }
}

#[test]
fn ctrl_c_stops_in_order_and_says_how_to_go_on() {
    let here = folder();
    interrupted(here.path(), "-INT").expect(130).says(&["stopped by Ctrl-C", "pipeline resume r"]);
    let listed = run(here.path(), ["pipeline", "list", "-o", "json"]).expect(0).json();
    assert_eq!(listed["runs"][0]["state"], "stopped");
}

#[test]
fn sigterm_stops_in_order_too() {
    let here = folder();
    interrupted(here.path(), "-TERM").expect(143).says(&["SIGTERM", "pipeline resume r"]);
}

#[test]
fn two_processes_cannot_work_on_one_run() {
    let here = folder();
    let mut first = tool(here.path())
        .args(["pipeline", "run", "--source", "sample", "--limit", "3000000", "--run-id", "r", "-q"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let staging = here.path().join("sentistack-data/runs/r/staging");
    let began = Instant::now();
    while !staging.exists() && began.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(10));
    }
    let second = run(here.path(), ["pipeline", "resume", "r"]);
    let listed = run(here.path(), ["pipeline", "status", "r", "-o", "json"]).expect(0).json();
    first.kill().unwrap();
    first.wait().unwrap();
    second.expect(4).says(&["another process"]);
    assert_eq!(listed["runs"][0]["state"], "running");
}
