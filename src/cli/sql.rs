//! `sql`: one read-only statement over the tables of all runs, or of one.

use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use crate::cli::Global;
use crate::cli::backends;
use crate::cli::document::{Outcome, SqlDocument};
use crate::cli::pipeline::cost;
use crate::cli::pipeline::flags::Root;
use crate::cli::pipeline::open;
use crate::cli::pipeline::place::Place;
use crate::config::settings::Privacy;
use crate::error::{Error, Result};
use crate::journal::format::Record;
use crate::journal::resume::Progress;
use crate::local::warehouse::SqliteWarehouse;
use crate::manifest::Manifest;
use crate::pipeline::event::{Silent, Stage};
use crate::pipeline::port::{QueryRows, Warehouse};
use crate::pipeline::stages;
use crate::ui::Printer;

/// What the name of a note ends with that says which run is in the warehouse of a bucket's cache.
const LOADED: &str = ".loaded";

#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The statement, over the tables tweet, sentiment, tweet_lang and run_stage
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

pub fn run(args: Args, global: &Global, printer: Printer) -> Outcome {
    query(&args, global, printer).unwrap_or_else(Outcome::from)
}

fn query(args: &Args, global: &Global, printer: Printer) -> Result<Outcome> {
    let statement = statement(args)?;
    let place = open::place(&args.root, global, printer)?;
    let run = args.run.as_deref().map(|run| place.choose(Some(run))).transpose()?;
    // With a root named, the tables in it are meant; else the stack's warehouse, as long as it is up.
    if place.path().is_none()
        && run.is_none()
        && args.root.root.is_none()
        && let Some(redshift) = backends::stack_warehouse(&place)?
    {
        printer.note("asking Redshift");
        return Ok(answer(place.wait(redshift.query(&statement))?));
    }
    if place.path().is_none() {
        bring(&place, run.as_deref())?;
    }
    let (_, path) = place.warehouse()?;
    if !path.exists() {
        return Err(Error::usage(format!("there are no tables under {} yet", place.name()))
            .hint("start a run with `sentistack pipeline run`, or name another --root"));
    }
    let mut warehouse = SqliteWarehouse::open(&path);
    if let Some(run) = run {
        warehouse = warehouse.of_run(run);
    }
    let rows = place.wait(crate::pipeline::port::Warehouse::query(&warehouse, &statement))?;
    Ok(answer(rows))
}

fn answer(rows: QueryRows) -> Outcome {
    let text = table(&rows);
    Outcome::ok(text, &SqlDocument { columns: rows.columns, rows: rows.rows })
}

/// The tables of a bucket's runs into the warehouse on this machine: those that it does not have yet.
pub fn bring(place: &Place, run: Option<&str>) -> Result<()> {
    let (warehouse, path) = place.warehouse()?;
    let all = place.runs()?.readable;
    forget_gone(&path, &all)?;
    let runs = match run {
        Some(run) => vec![place.manifest(run)?],
        None => all,
    };
    for manifest in runs.iter().rev() {
        let records = place.records(&manifest.run_id)?;
        let progress = Progress::of(&records);
        for (model, of_model) in &progress.models {
            if !of_model.done.contains(&Stage::Transform) {
                continue;
            }
            // What is here is what the bucket has, as long as the run's journal is the same.
            let mark = path.with_file_name(format!("{}+{model}{LOADED}", manifest.run_id));
            let state = records.len().to_string();
            if std::fs::read_to_string(&mark).is_ok_and(|known| known == state) {
                continue;
            }
            load(place, warehouse.as_ref(), manifest, &records, model)?;
            std::fs::write(&mark, state).map_err(|e| Error::io("write", mark.display(), &e))?;
        }
    }
    Ok(())
}

/// A run's tables for a model, and what its stages took.
pub fn load(
    place: &Place,
    warehouse: &dyn Warehouse,
    manifest: &Manifest,
    records: &[Record],
    model: &str,
) -> Result<()> {
    let keep = manifest.settings.privacy != Privacy::Aggregate;
    let costs = cost::by_stage(&manifest.settings, &Progress::of(records), model);
    let rows = stages::rows(records, model, &costs);
    place.wait(async {
        warehouse.load(&manifest.run_id, model, keep, &Silent).await?;
        warehouse.record(&manifest.run_id, model, &rows).await
    })
}

/// A run that was deleted in the bucket must not live on here: without it everything is brought anew.
fn forget_gone(warehouse: &Path, runs: &[Manifest]) -> Result<()> {
    let Some(folder) = warehouse.parent() else { return Ok(()) };
    let failed = |e: std::io::Error| Error::io("read", folder.display(), &e);
    let marks: Vec<String> = std::fs::read_dir(folder)
        .map_err(failed)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(LOADED))
        .collect();
    let is_there = |mark: &String| {
        mark.split_once('+').is_some_and(|(run_id, _)| runs.iter().any(|run| run.run_id == run_id))
    };
    if marks.iter().all(is_there) {
        return Ok(());
    }
    std::fs::remove_dir_all(folder)
        .and_then(|()| std::fs::create_dir_all(folder))
        .map_err(|e| Error::io("remove", folder.display(), &e))
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
