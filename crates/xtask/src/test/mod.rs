//! `cargo xtask test`: everything that CI runs, in order, up to the first failure.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::python::{self, Python};
use crate::system::{self, SystemPackage};
use crate::workspace::Workspace;

mod beside;
mod cfn;
mod code;
mod deny;
mod lint;
mod oracle;
mod page;
mod spark;
mod steps;
mod tally;
mod testbed;
mod tests;

use beside::Beside;
use steps::{STEPS, Step, tests_want};
use tally::Tally;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Skip what needs a system package that is missing, and say how much that was
    #[arg(long)]
    allow_missing: bool,
    /// Names of steps to run alone (see --list), or of tests, as for `cargo test`
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
    /// List the steps
    #[arg(long)]
    list: bool,
    /// Run this step and nothing else, without a word of the steps' own
    #[arg(long, hide = true, value_name = "STEP", conflicts_with_all = ["filters", "list"])]
    alone: Option<String>,
}

/// What steps share.
pub struct Context {
    pub workspace: Workspace,
    /// This program, found before a build put another file in its place.
    pub program: PathBuf,
    /// Tests to run alone; empty: all.
    pub test_filters: Vec<String>,
}

impl Context {
    fn new(test_filters: Vec<String>) -> Result<Self> {
        let program = std::env::current_exe()
            .map_err(|e| Error::new(format!("cannot find this program itself: {e}")))?;
        Ok(Self { workspace: Workspace::find()?, program, test_filters })
    }

    /// The Python environment of the tests.
    fn python(&self) -> Result<Python> {
        Python::ready(&self.workspace, python::TEST)
    }
}

/// How a step that did not fail ended.
pub enum Done {
    Passed,
    Skipped(String),
    /// Tests ran; whether they passed is in the figures.
    Tested(Tally),
}

/// A step that is over.
struct Finished {
    name: &'static str,
    took: Duration,
    done: Result<Done>,
}

pub fn run(args: &Args) -> Result<()> {
    if args.list {
        for step in STEPS {
            println!("{:<12} {}", step.name, step.what);
        }
        return Ok(());
    }
    if let Some(name) = &args.alone {
        return alone(name);
    }
    let (chosen, test_filters) = choose(&args.filters);
    let context = Context::new(test_filters)?;
    let mut wanted = needs(&chosen);
    if context.test_filters.is_empty() && chosen.iter().any(|step| step.name == steps::TESTS) {
        wanted.extend(tests_want());
    }
    let missing = system::ensure(&wanted, args.allow_missing)?;
    close(&in_order(&context, &chosen, &missing))
}

/// One step, for the process that runs it beside another one.
fn alone(name: &str) -> Result<()> {
    let step = STEPS
        .iter()
        .find(|step| step.name == name)
        .ok_or_else(|| Error::new(format!("there is no step {name}")).hint("--list names all"))?;
    let context = Context::new(Vec::new())?;
    match (step.run)(&context)? {
        Done::Passed => Ok(()),
        // An exit code alone comes back, which has no word for them.
        Done::Skipped(_) | Done::Tested(_) => {
            Err(Error::new(format!("{name} cannot run beside another step")))
        }
    }
}

/// Runs the steps up to the first that fails.
fn in_order(context: &Context, chosen: &[&'static Step], missing: &[SystemPackage]) -> Vec<Finished> {
    let mut finished: Vec<Finished> = Vec::new();
    let mut beside: Option<Beside> = None;
    for (at, step) in chosen.iter().enumerate() {
        let lacks = step.needs.iter().find(|package| missing.contains(package));
        if step.beside_next && lacks.is_none() && at + 1 < chosen.len() {
            println!("\n==> {}: {}, beside the next step", step.name, step.what);
            match Beside::start(context, step) {
                Ok(started) => beside = Some(started),
                Err(error) => {
                    finished.push(Finished { name: step.name, took: Duration::ZERO, done: Err(error) });
                    break;
                }
            }
            continue;
        }
        println!("\n==> {}: {}", step.name, step.what);
        let started = Instant::now();
        let done = match lacks {
            Some(package) => Ok(Done::Skipped(format!("{} is not installed", package.debian))),
            None => (step.run)(context),
        };
        finished.push(Finished { name: step.name, took: started.elapsed(), done });
        println!("{}", finished.last().map(outcome).unwrap_or_default());
        if let Some(beside) = beside.take() {
            println!("\n==> {}: {}, beside the step before", beside.step.name, beside.step.what);
            let name = beside.step.name;
            let (took, done) = beside.end();
            finished.push(Finished { name, took, done });
            println!("{}", finished.last().map(outcome).unwrap_or_default());
        }
        if finished.iter().any(failed) {
            break;
        }
    }
    finished
}

/// The steps to run and the filters for tests: a filter that names a step chooses it, any other one is for
/// the tests, which then run alone.
fn choose(filters: &[String]) -> (Vec<&'static Step>, Vec<String>) {
    let is_step = |filter: &&String| STEPS.iter().any(|step| step.name == filter.as_str());
    let (names, tests): (Vec<&String>, Vec<&String>) = filters.iter().partition(is_step);
    let chosen = STEPS
        .iter()
        .filter(|step| {
            filters.is_empty()
                || names.iter().any(|name| name.as_str() == step.name)
                || (step.name == steps::TESTS && !tests.is_empty())
        })
        .collect();
    (chosen, tests.into_iter().cloned().collect())
}

/// All packages that `steps` need, each once.
fn needs(steps: &[&Step]) -> Vec<SystemPackage> {
    let mut all: Vec<SystemPackage> = Vec::new();
    for package in steps.iter().flat_map(|step| step.needs) {
        if !all.contains(package) {
            all.push(*package);
        }
    }
    all
}

fn failed(step: &Finished) -> bool {
    match &step.done {
        Ok(Done::Tested(tally)) => tally.failed > 0,
        Ok(Done::Passed | Done::Skipped(_)) => false,
        Err(_) => true,
    }
}

fn outcome(step: &Finished) -> String {
    let seconds = step.took.as_secs_f64();
    match &step.done {
        Ok(Done::Skipped(reason)) => format!("    {:<12} skipped: {reason}", step.name),
        Ok(_) if failed(step) => format!("    {:<12} FAILED after {seconds:.1} s", step.name),
        Ok(_) => format!("    {:<12} ok, {seconds:.1} s", step.name),
        Err(error) => format!("    {:<12} FAILED after {seconds:.1} s: {error}", step.name),
    }
}

/// Prints all steps again and, as the last line, the sum of the tests.
fn close(finished: &[Finished]) -> Result<()> {
    println!("\nsteps");
    let mut sum = Tally::default();
    let mut skipped = 0;
    let mut broken = None;
    for step in finished {
        println!("{}", outcome(step));
        match &step.done {
            Ok(Done::Passed) => {}
            Ok(Done::Skipped(_)) => skipped += 1,
            Ok(Done::Tested(tally)) => sum = *tally,
            // A failure that no runner counted.
            Err(_) => sum.failed += 1,
        }
        if failed(step) {
            broken = Some(step.name);
        }
    }
    let total = sum.ignored + skipped;
    if total > 0 {
        println!("skipped: {skipped} of the steps, {} of the tests", sum.ignored);
    }
    // Steps alone are no tests: no sum of nothing.
    if sum.ran() {
        println!("\n{} passed, {} failed, {total} skipped", sum.passed, sum.failed);
    }
    match broken {
        None => Ok(()),
        Some(name) => {
            Err(Error::new(format!("step {name} failed")).hint(format!("it alone: cargo xtask test {name}")))
        }
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    fn chosen(filters: &[&str]) -> (Vec<&'static str>, Vec<String>) {
        let filters: Vec<String> = filters.iter().map(|&filter| filter.to_owned()).collect();
        let (steps, tests) = choose(&filters);
        (steps.iter().map(|step| step.name).collect(), tests)
    }

    #[test]
    fn no_filter_means_every_step_and_the_tests_come_last() {
        let (steps, tests) = chosen(&[]);
        assert_eq!(steps.len(), STEPS.len());
        assert_eq!(steps.last(), Some(&steps::TESTS));
        assert!(tests.is_empty());
    }

    #[test]
    fn a_filter_is_a_step_or_a_test() {
        assert_eq!(chosen(&["fmt"]), (vec!["fmt"], vec![]));
        assert_eq!(chosen(&["gate::"]), (vec![steps::TESTS], vec!["gate::".to_owned()]));
        assert_eq!(chosen(&["fmt", "gate::"]), (vec!["fmt", steps::TESTS], vec!["gate::".to_owned()]));
    }

    #[test]
    fn names_of_steps_are_distinct() {
        let mut names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), STEPS.len());
    }

    #[test]
    fn a_package_that_two_steps_need_is_named_once() {
        let all: Vec<&Step> = STEPS.iter().collect();
        let mut names: Vec<&str> = needs(&all).iter().map(|package| package.debian).collect();
        let before = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), before);
    }

    #[test]
    fn a_failed_test_fails_its_step() {
        let step = |done| Finished { name: "tests", took: Duration::ZERO, done };
        assert!(failed(&step(Ok(Done::Tested(Tally { passed: 1, failed: 1, ignored: 0 })))));
        assert!(!failed(&step(Ok(Done::Tested(Tally { passed: 1, failed: 0, ignored: 1 })))));
        assert!(failed(&step(Err(Error::new("no")))));
        assert!(close(&[step(Ok(Done::Skipped("why".to_owned())))]).is_ok());
        assert!(close(&[step(Err(Error::new("no")))]).is_err());
    }
}
