//! The tool, killed at random moments of up and of down: running it again ends right, with nothing twice.
//! A few moments here; `cargo xtask campaign` does thirty of each.

use std::time::Duration;

use serde_json::{Value, json};

use super::bed::{Bed, bed};

pub fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// A small generator: moments need no more.
pub struct Moments(pub u64);

impl Moments {
    pub fn next(&mut self, below: u64) -> Duration {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Duration::from_millis((self.0 >> 33) % below)
    }
}

/// Starts the tool and kills it after `after`; whether it was still there to be killed.
pub fn kill_after(bed: &Bed, args: &[&str], after: Duration) -> bool {
    let mut child = bed
        .tool()
        .args(args)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(after);
    let living = child.try_wait().unwrap().is_none();
    let _ = child.kill();
    child.wait().unwrap();
    living
}

#[track_caller]
fn one_of_each(left: &Value) {
    for (kind, count) in
        [("emr_clusters", 1), ("redshift_clusters", 1), ("instances", 1), ("vpcs", 1), ("streams", 1)]
    {
        let found = left[kind].as_array().map_or(0, Vec::len);
        assert_eq!(found, count, "{kind}: {left}");
    }
}

#[test]
fn killed_at_any_moment_it_ends_right_when_it_is_run_again() {
    let Some(bed) = bed() else { return };
    let kills = number("SENTISTACK_STACK_KILLS", 3);
    let mut moments = Moments(number("SENTISTACK_SEED", 7));
    let mut hit = 0;
    for round in 0..kills {
        bed.post("/reset", &json!({}));
        bed.delays(&json!({ "*": 0.01, "AWS::EMR::Cluster": 0.2 }));
        hit += u64::from(kill_after(&bed, &["stack", "up", "--yes"], moments.next(2_500)));
        bed.run(&["stack", "up", "--yes"]).expect(0);
        one_of_each(&bed.left("sentistack"));
        let purge = ["stack", "down", "--purge", "--confirm", "sentistack", "--yes"];
        hit += u64::from(kill_after(&bed, &purge, moments.next(2_500)));
        bed.run(&purge).expect(0);
        assert_eq!(bed.left("sentistack"), json!({}), "round {round}");
    }
    println!("{hit} of {} runs were killed before their end", 2 * kills);
    assert!(hit > 0, "no moment struck a run: the delays are too short");
}
