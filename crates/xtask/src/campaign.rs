//! `cargo xtask campaign`: the crash tests at full count. CI runs the same tests with a few kills and a fixed
//! seed.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::Result;
use crate::process;
use crate::python::{self, Python};
use crate::workspace::Workspace;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Moments at which a run is killed
    #[arg(long, value_name = "N", default_value_t = 100)]
    kills: u32,
    /// Moments at which `stack up`, and as many at which `stack down` is killed
    #[arg(long, value_name = "N", default_value_t = 30)]
    stack_kills: u32,
    /// Moments at which a run on AWS (the local one) is killed, and as many for one that only scores
    #[arg(long, value_name = "N", default_value_t = 30)]
    run_kills: u32,
    /// Posts that go the whole way from X through Kinesis, Spark and Redshift
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    way_posts: u32,
    /// Seed of the moments [default: from the clock; it is printed]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

pub fn run(args: &Args) -> Result<()> {
    let workspace = Workspace::find()?;
    let seed = args.seed.unwrap_or_else(from_clock);
    println!(
        "{} kills, seed {seed}; the same again: cargo xtask campaign --kills {0} --seed {seed}",
        args.kills
    );
    process::show(
        process::cargo(&workspace.root)
            .env("SENTISTACK_KILLS", args.kills.to_string())
            .env("SENTISTACK_SEED", seed.to_string())
            // What runs on this machine needs no AWS crate, as with `cargo demo`.
            .args(["test", "--release", "--no-default-features", "--features", "local"])
            .args(["--test", "it", "crash", "--", "--nocapture"]),
    )
    .and_then(|()| stacks(args, &workspace, seed))
    .map_err(|error| {
        error.hint(format!(
            "the same moments again: cargo xtask campaign --kills {} --stack-kills {} --run-kills {} --seed {seed}",
            args.kills, args.stack_kills, args.run_kills
        ))
    })
}

/// Against the test bed: the stack's commands killed, runs killed, and all recorded posts the whole way.
fn stacks(args: &Args, workspace: &Workspace, seed: u64) -> Result<()> {
    let python = Python::ready(workspace, python::TESTBED)?;
    let spark = Python::ready(workspace, python::SPARK)?;
    let mut tests = process::cargo(&workspace.root);
    spark.lend_spark(&mut tests);
    process::show(
        tests
            .env("SENTISTACK_TEST_PYTHON", python.interpreter())
            .env("SENTISTACK_STACK_KILLS", args.stack_kills.to_string())
            .env("SENTISTACK_RUN_KILLS", args.run_kills.to_string())
            .env("SENTISTACK_CONSUMER_KILLS", args.run_kills.to_string())
            .env("SENTISTACK_WAY_POSTS", args.way_posts.to_string())
            .env("SENTISTACK_SEED", seed.to_string())
            .args(["test", "--workspace", "--test", "it", "--", "--nocapture"])
            .args(["stack::killed", "a_run_that_is_killed", "a_consumer_that_is_killed", "aws::way"]),
    )
}

fn from_clock() -> u64 {
    // Few digits, for typing them again.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| u64::from(since.subsec_micros()) + 1)
}
