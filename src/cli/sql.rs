//! `sql`: one read-only statement over the tables of all runs, or of one.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use crate::cli::document::{Outcome, SqlDocument};
use crate::cli::pipeline::flags::Root;
use crate::cli::pipeline::{runtime, session};
use crate::cli::{Global, settings};
use crate::error::{Error, Result};
use crate::layout;
use crate::local::warehouse::SqliteWarehouse;
use crate::pipeline::port::QueryRows;

#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The statement, over the tables tweet and sentiment
    #[arg(value_name = "SELECT …", required_unless_present = "file", conflicts_with = "file")]
    pub statement: Option<String>,
    /// Read the statement from a file; - is standard input
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Show only this run's rows
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    #[command(flatten)]
    pub root: Root,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    query(&args, global).unwrap_or_else(Outcome::from)
}

fn query(args: &Args, global: &Global) -> Result<Outcome> {
    let root = settings::root(&args.root, global)?;
    let statement = statement(args)?;
    let path = root.join(layout::WAREHOUSE);
    if !path.exists() {
        return Err(Error::usage(format!("there are no tables under {} yet", root.display()))
            .hint("start a run with `sentistack pipeline run`, or name another --root"));
    }
    let run = args.run.as_deref().map(|run| session::choose(&root, Some(run))).transpose()?;
    let mut warehouse = SqliteWarehouse::open(&path);
    if let Some(run) = run {
        warehouse = warehouse.of_run(run);
    }
    let rows = runtime()?.block_on(crate::pipeline::port::Warehouse::query(&warehouse, &statement))?;
    let text = table(&rows);
    Ok(Outcome::ok(text, &SqlDocument { columns: rows.columns, rows: rows.rows }))
}

fn statement(args: &Args) -> Result<String> {
    match (&args.statement, &args.file) {
        (Some(statement), _) => Ok(statement.clone()),
        (None, Some(file)) if file.as_os_str() == "-" => {
            std::io::read_to_string(std::io::stdin()).map_err(|e| Error::io("read", "standard input", &e))
        }
        (None, Some(file)) => {
            std::fs::read_to_string(file).map_err(|e| Error::io("read", file.display(), &e))
        }
        (None, None) => Err(Error::usage("no statement was given")),
    }
}

fn table(rows: &QueryRows) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(&rows.columns);
    for row in &rows.rows {
        table.add_row(row.iter().map(cell));
    }
    let mut text = String::new();
    for line in table.to_string().lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Text as it is, but without what could move a terminal's cursor.
fn cell(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => {
            text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
        }
        other => other.to_string(),
    }
}
