//! Runs the whole pipeline and holds both tables, figure by figure, against computations that share no code
//! with it.

use std::path::{Path, PathBuf};

use super::{Context, Done};
use crate::error::{Error, Result};
use crate::process::{cargo, quiet, read, show};
use crate::python::Python;
use crate::tool::{self, Run};

/// Ours: every column of both tables, in plain Python.
const ORACLE: &str = "benches/reference/oracle.py";
/// Beside the checkout: the columns that DuckDB can know from the two folders alone.
const DUCKDB: &str = "bench/ref_duckdb.py";
const COMPARE: &str = "tests/oracle/compare_tables.py";
/// Real posts, and what is known to be in them.
const AIRLINE: &str = "data/tweets/airline-2015-02.jsonl.gz";
const AIRLINE_TWEETS: u64 = 14_485;
const AIRLINE_WINDOWS: u64 = 706;

/// Shared by the checks of one test run.
struct Bench<'a> {
    context: &'a Context,
    python: Python,
    scratch: PathBuf,
}

pub fn run(context: &Context) -> Result<Done> {
    let workspace = &context.workspace;
    // Nothing is left to do when the step `build` ran before, and nothing to say then.
    show(cargo(&workspace.root).args(["test", "--workspace", "--no-run", "--quiet"]))?;
    let bench = Bench { context, python: context.python()?, scratch: workspace.scratch("oracle")? };
    bench.check("sample", &["--source", "sample"], None)?;
    match workspace.shared_file(AIRLINE) {
        Some(input) => {
            let input = input.display().to_string();
            let expected = Some((AIRLINE_TWEETS, AIRLINE_WINDOWS));
            bench.check("airline", &["--source", "replay", "--input", &input], expected)?;
        }
        None => println!("    airline: skipped, ../shared/{AIRLINE} is not there"),
    }
    // What is left on a failure helps to find its cause.
    let _ = std::fs::remove_dir_all(&bench.scratch);
    Ok(Done::Passed)
}

impl Bench<'_> {
    fn check(&self, name: &str, source: &[&str], expected: Option<(u64, u64)>) -> Result<()> {
        let root = self.scratch.join(name);
        let mut command = tool::pipeline_run(&self.context.workspace.binary("debug", "sentistack"));
        command.current_dir(&self.scratch).args(source).arg("--root").arg(&root);
        let run = Run::parse(&read(&mut command)?)?;
        println!("    {name}: {} tweets, {} windows", run.tweets, run.windows);
        if let Some(expected) = expected
            && expected != (run.tweets, run.windows)
        {
            return Err(Error::new(format!(
                "{name}: {} tweets and {} windows where {} and {} are known to be",
                run.tweets, run.windows, expected.0, expected.1
            )));
        }
        let oracle = self.context.workspace.root.join(ORACLE);
        self.compare(&run, &oracle, "all", &root.join("oracle"))?;
        if let Some(duckdb) = self.context.workspace.shared_file(DUCKDB) {
            self.compare(&run, &duckdb, "common", &root.join("duckdb"))?;
        }
        Ok(())
    }

    /// Computes the tables with `script` and compares `columns` (all, or those that both have).
    fn compare(&self, run: &Run, script: &Path, columns: &str, out: &Path) -> Result<()> {
        let mut compute = self.python.script(script);
        quiet(compute.arg(&run.run_dir).arg(out).arg(&run.model))?;
        let mut compare = self.python.script(self.context.workspace.root.join(COMPARE));
        compare.arg(&run.run_dir).arg(out).args(["--model", &run.model, "--columns", columns]);
        compare.args(["--tweets", &run.tweets.to_string(), "--windows", &run.windows.to_string()]);
        show(&mut compare).map_err(|error| error.hint(format!("the run is kept: {}", run.run_dir.display())))
    }
}
