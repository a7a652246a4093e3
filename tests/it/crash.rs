//! Kill -9 at random moments, resume, and compare with a run that nobody disturbed.
//!
//! `SENTISTACK_KILLS` says how often (a few by default; `cargo xtask campaign` asks for a hundred) and
//! `SENTISTACK_SEED` where the moments come from.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{folder, run, tool, tree};

const RUN: &str = "campaign";
const POSTS: &str = "20000";

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// A small generator, so that the moments follow from the seed alone.
struct Moments(u64);

impl Moments {
    fn next(&mut self, below: u128) -> u128 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u128::from(z ^ (z >> 31)) % below.max(1)
    }
}

fn start() -> Vec<&'static str> {
    vec!["pipeline", "run", "--source", "sample", "--limit", POSTS, "--run-id", RUN, "--root", "data", "-q"]
}

/// Pseudonyms depend on the run's key, so every trial gets the undisturbed run's.
fn lend_key(from: &Path, to: &Path) {
    let keys = to.join("data/keys");
    std::fs::create_dir_all(&keys).unwrap();
    std::fs::copy(from.join(format!("data/keys/{RUN}.key")), keys.join(format!("{RUN}.key"))).unwrap();
}

fn tables(folder: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    tree(&folder.join(format!("data/runs/{RUN}/tables")))
}

fn rows(folder: &Path, table: &str) -> String {
    let order = if table == "tweet" { "tweet_id" } else { "window_time" };
    let sql = format!("SELECT * FROM {table} ORDER BY {order} LIMIT 100000");
    run(folder, ["sql", &sql, "--root", "data", "-o", "json"]).expect(0).stdout
}

#[test]
fn a_killed_run_that_is_resumed_ends_like_an_undisturbed_one() {
    let undisturbed = folder();
    let began = Instant::now();
    run(undisturbed.path(), start()).expect(0);
    let whole = began.elapsed();
    let expected = tables(undisturbed.path());
    assert!(expected.len() >= 2, "the undisturbed run has no tables");
    let expected_rows = [rows(undisturbed.path(), "tweet"), rows(undisturbed.path(), "sentiment")];

    let kills = setting("SENTISTACK_KILLS", 6);
    let seed = setting("SENTISTACK_SEED", 42);
    let mut moments = Moments(seed);
    let mut killed = 0;
    while killed < kills {
        let trial = folder();
        lend_key(undisturbed.path(), trial.path());
        let mut args = start();
        // Up to three kills a trial, each at any moment of what is left.
        for _ in 0..3 {
            if killed >= kills {
                break;
            }
            let wait = Duration::from_nanos(moments.next(whole.as_nanos()) as u64);
            let mut child =
                tool(trial.path()).args(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(wait);
            child.kill().unwrap();
            child.wait().unwrap();
            killed += 1;
            // Killed before it had a manifest: nothing is there to resume, and nothing was lost.
            let begun = trial.path().join(format!("data/runs/{RUN}/manifest.json")).exists();
            args = if begun { vec!["pipeline", "resume", RUN, "--root", "data", "-q"] } else { start() };
        }
        run(trial.path(), &args).expect(0);
        assert_same(&tables(trial.path()), &expected, seed, killed);
        for (table, expected) in ["tweet", "sentiment"].iter().zip(&expected_rows) {
            assert!(
                rows(trial.path(), table) == *expected,
                "the warehouse's {table} differs (seed {seed}, kill {killed})"
            );
        }
    }
    println!("{killed} kills over {:.2} s each, seed {seed}: all tables equal", whole.as_secs_f64());
}

fn assert_same(
    made: &std::collections::BTreeMap<String, Vec<u8>>,
    expected: &std::collections::BTreeMap<String, Vec<u8>>,
    seed: u64,
    killed: u64,
) {
    let names = |tree: &std::collections::BTreeMap<String, Vec<u8>>| tree.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(made), names(expected), "other files (seed {seed}, kill {killed})");
    for (name, bytes) in expected {
        assert!(made[name] == *bytes, "{name} differs (seed {seed}, kill {killed})");
    }
}
