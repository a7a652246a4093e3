//! The whole pipeline, transform alone, and how both grow.

use std::path::PathBuf;

use super::table::{Table, grouped, megabytes, seconds, times};
use super::{Session, one_core, say};
use crate::error::Result;
use crate::measure::{self, Usage};
use crate::tool::{self, Run};

const HEAD: [&str; 6] = ["", "CPU, s", "wall, s", "peak, MB", "CPU ratio", "memory ratio"];

/// Transform is short: the least of so many goes says what it takes.
const GOES: usize = 3;

/// The whole pipeline, measured.
pub struct Whole {
    root: PathBuf,
    run: Run,
    ours: Usage,
    python: Option<Usage>,
}

impl Whole {
    pub fn table(&self, posts: u64) -> String {
        let title =
            format!("Whole pipeline, {} posts in {} windows", grouped(posts), grouped(self.run.windows));
        let others: Vec<(&str, Usage)> =
            self.python.iter().map(|usage| ("Python: pandas, vaderSentiment", *usage)).collect();
        compared(title, self.ours, &others)
    }

    /// Frees the disk: the next runs are larger.
    pub fn remove(&self) {
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

/// Runs the pipeline on the sample, and Python on the posts that it staged.
pub fn whole(session: &Session, posts: u64) -> Result<Whole> {
    let root = session.scratch.join("whole");
    let (run, ours) = sample(session, posts, &root)?;
    let mut python = None;
    if let Some(mut command) =
        session.reference("bench/ref_python_pipeline.py", "benches/reference/python_pipeline.py")
    {
        say("the same in Python");
        command.arg(&run.run_dir).arg(session.scratch.join("python"));
        python = Some(measure::of(one_core(&mut command), &session.scratch)?.1);
    }
    Ok(Whole { root, run, ours, python })
}

fn sample(session: &Session, posts: u64, root: &std::path::Path) -> Result<(Run, Usage)> {
    let mut command = tool::pipeline_run(&session.binary);
    command.args(["--source", "sample", "--limit", &posts.to_string(), "--root"]).arg(root);
    command.current_dir(&session.scratch);
    let (json, usage) = measure::of(&command, &session.scratch)?;
    Ok((Run::parse(&json)?, usage))
}

/// Transform of a run that is there, again, and DuckDB on the same files. They take turns.
pub fn transform(session: &Session, whole: &Whole) -> Result<String> {
    let mut ours = Vec::new();
    let mut duckdb = Vec::new();
    for _ in 0..GOES {
        let mut command = tool::pipeline_run(&session.binary);
        command.args(["--run-id", &whole.run.run_id, "--from-stage", "transform", "--to-stage", "transform"]);
        command.arg("--root").arg(&whole.root).current_dir(&session.scratch);
        ours.push(measure::of(&command, &session.scratch)?.1);
        if let Some(mut command) =
            session.reference("bench/ref_duckdb.py", "benches/reference/duckdb_transform.py")
        {
            command.arg(&whole.run.run_dir).arg(session.scratch.join("duckdb")).arg(&whole.run.model);
            duckdb.push(measure::of(&command, &session.scratch)?.1);
        }
    }
    let others: Vec<(&str, Usage)> =
        least(&duckdb).into_iter().map(|usage| ("DuckDB, from Python", usage)).collect();
    let title = format!("Transform alone, {} posts, least of {GOES} goes", grouped(whole.run.tweets));
    Ok(compared(title, least(&ours).unwrap_or_default(), &others))
}

/// The go with the least CPU.
fn least(goes: &[Usage]) -> Option<Usage> {
    goes.iter().copied().min_by(|a, b| a.cpu().total_cmp(&b.cpu()))
}

/// CPU a post and peak memory from a tenth of `posts` to three times it.
pub fn scaling(session: &Session, posts: u64, whole: &Whole) -> Result<String> {
    let mut table = Table::new(
        "Scaling of the whole pipeline",
        &["posts", "CPU, s", "CPU a post, µs", "wall, s", "peak, MB"],
    );
    for size in [posts / 10, posts, posts * 3] {
        let usage = if size == posts {
            whole.ours
        } else {
            let root = session.scratch.join("scaling");
            let (_, usage) = sample(session, size, &root)?;
            let _ = std::fs::remove_dir_all(&root);
            usage
        };
        table.row([
            grouped(size),
            seconds(usage.cpu()),
            format!("{:.2}", usage.cpu() * 1e6 / size as f64),
            seconds(usage.wall),
            megabytes(usage.peak),
        ]);
    }
    Ok(table.markdown())
}

fn compared(title: String, ours: Usage, others: &[(&str, Usage)]) -> String {
    let mut table = Table::new(title, &HEAD);
    let cells = |usage: &Usage| [seconds(usage.cpu()), seconds(usage.wall), megabytes(usage.peak)];
    let mut row = vec!["sentistack".to_owned()];
    row.extend(cells(&ours));
    table.row(row);
    for (name, usage) in others {
        let mut row = vec![(*name).to_owned()];
        row.extend(cells(usage));
        row.push(times(usage.cpu(), ours.cpu()));
        row.push(times(usage.peak as f64, ours.peak as f64));
        table.row(row);
    }
    table.markdown()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_theirs_over_ours() {
        let ours = Usage { user: 1.0, system: 1.0, wall: 1.5, peak: 100_000_000 };
        let theirs = Usage { user: 8.0, system: 1.0, wall: 9.0, peak: 250_000_000 };
        let text = compared("T".to_owned(), ours, &[("they", theirs)]);
        assert!(text.contains("| sentistack | 2.00 | 1.50 | 100 |  |  |"), "{text}");
        assert!(text.contains("| they | 9.00 | 9.00 | 250 | 4.50 × | 2.50 × |"), "{text}");
        assert_eq!(least(&[theirs, ours]), Some(ours));
        assert_eq!(least(&[]), None);
    }
}
