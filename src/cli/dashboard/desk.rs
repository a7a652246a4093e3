//! The page's tables and runs: those of a folder, of a bucket through the warehouse on this machine, or of Redshift.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;

use crate::cli::pipeline::list;
use crate::cli::pipeline::place::Place;
use crate::cli::{backends, sql};
use crate::dashboard::port::{Desk, Look, RunCard};
use crate::error::{Error, Result};
use crate::journal::format::{Entry, Record};
use crate::journal::resume::Progress;
use crate::limits;
use crate::manifest::Manifest;
use crate::panels::Dialect;
use crate::pipeline::event::Stage;
use crate::pipeline::port::{QueryRows, Warehouse};
use crate::ui::Printer;

/// The page's view of a place.
struct PlaceDesk {
    place: Arc<Place>,
    tables: Tables,
}

/// Where its rows come from.
#[derive(Clone)]
enum Tables {
    /// The file of the embedded warehouse; of a bucket, the one on this machine.
    Sqlite {
        warehouse: Arc<dyn Warehouse>,
        file: PathBuf,
    },
    Redshift(Arc<dyn Warehouse>),
}

/// Of tables into which nothing was loaded yet: nothing to show, and no error.
const NOTHING: QueryRows = QueryRows { columns: Vec::new(), rows: Vec::new() };

impl Tables {
    /// `None` as long as nothing was loaded.
    fn loaded(&self) -> Option<&Arc<dyn Warehouse>> {
        match self {
            Self::Redshift(warehouse) => Some(warehouse),
            Self::Sqlite { warehouse, file } => file.exists().then_some(warehouse),
        }
    }
}

/// Opens the tables of `place`: the stack's warehouse as long as it is up and no root was named, as `sql` does.
pub fn open(place: &Arc<Place>, root_named: bool, printer: Printer) -> Result<Arc<dyn Desk>> {
    let stack = match place.path().is_none() && !root_named {
        true => backends::stack_warehouse(place)?,
        false => None,
    };
    let tables = match stack {
        Some(redshift) => {
            printer.note("asking Redshift: what the page shows is billed as queries");
            Tables::Redshift(redshift)
        }
        None => {
            if place.path().is_none() {
                sql::bring(place, None)?;
            }
            let (warehouse, file) = place.warehouse()?;
            Tables::Sqlite { warehouse, file }
        }
    };
    Ok(Arc::new(PlaceDesk { place: Arc::clone(place), tables }))
}

impl PlaceDesk {
    /// Does what waits for a store, where waiting is allowed.
    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Place) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let place = Arc::clone(&self.place);
        let done = tokio::task::spawn_blocking(move || work(&place)).await;
        done.unwrap_or_else(|e| Err(Error::failed("looking at the runs broke down").because(e)))
    }
}

#[async_trait]
impl Desk for PlaceDesk {
    fn dialect(&self) -> Dialect {
        match self.tables {
            Tables::Sqlite { .. } => Dialect::Sqlite,
            Tables::Redshift(_) => Dialect::Redshift,
        }
    }

    fn look_every(&self) -> (u64, u64) {
        match self.place.path() {
            Some(_) => (limits::DASHBOARD_LOOK_MILLIS, limits::DASHBOARD_LOOK_MILLIS),
            None => (limits::DASHBOARD_BUCKET_LOOK_MILLIS, limits::DASHBOARD_BUCKET_REST_MILLIS),
        }
    }

    /// Size and time of the warehouse's file and of the log beside it: a load writes both.
    async fn version(&self) -> Option<String> {
        let Tables::Sqlite { file, .. } = &self.tables else { return None };
        let log = PathBuf::from(format!("{}-wal", file.display()));
        let stamp = |path: &PathBuf| {
            let found = std::fs::metadata(path).ok()?;
            Some((found.len(), found.modified().ok()?))
        };
        let (file, log) = (stamp(file)?, stamp(&log));
        Some(format!("{file:?} {log:?}"))
    }

    async fn query(&self, sql: &str) -> Result<QueryRows> {
        match self.tables.loaded() {
            Some(warehouse) => warehouse.query(sql).await,
            None => Ok(NOTHING),
        }
    }

    async fn query_surest(&self, sql: &str, rows: usize) -> Result<QueryRows> {
        match self.tables.loaded() {
            Some(warehouse) => warehouse.query_surest(sql, rows).await,
            None => Ok(NOTHING),
        }
    }

    async fn runs(&self) -> Result<Vec<RunCard>> {
        self.aside(|place| {
            let found = place.runs()?;
            Ok(found.readable.iter().map(|manifest| card(place, manifest)).collect())
        })
        .await
    }

    async fn newest(&self) -> Result<Option<String>> {
        self.aside(|place| Ok(place.runs()?.readable.into_iter().next().map(|run| run.run_id))).await
    }

    async fn look(&self, run_id: Option<&str>) -> Result<Option<Look>> {
        let run_id = run_id.map(str::to_owned);
        let bring = matches!(self.tables, Tables::Sqlite { .. }) && self.place.path().is_none();
        self.aside(move |place| {
            let manifest = match run_id {
                Some(run_id) => place.manifest(&run_id)?,
                None => match place.runs()?.readable.into_iter().next() {
                    Some(newest) => newest,
                    None => return Ok(None),
                },
            };
            // What the bucket has by now; it is brought once.
            if bring {
                sql::bring(place, Some(&manifest.run_id))?;
            }
            look(place, &manifest).map(Some)
        })
        .await
    }
}

fn card(place: &Place, manifest: &Manifest) -> RunCard {
    let summary = list::summarise(place, manifest, &place.records(&manifest.run_id));
    let mut models = vec![crate::id::model_folder(&manifest.settings.model)];
    models.extend(summary.models.into_iter().filter(|model| *model != models[0]).collect::<Vec<_>>());
    RunCard {
        run_id: summary.run_id,
        topic: summary.topic,
        source: summary.source,
        models,
        synthetic: summary.synthetic,
        started: summary.started,
        state: summary.state,
        tweets: summary.tweets,
    }
}

/// What a run's journal says of how far it is.
fn look(place: &Place, manifest: &Manifest) -> Result<Look> {
    let records = place.records(&manifest.run_id);
    let summary = list::summarise(place, manifest, &records);
    let records = records?;
    let model = crate::id::model_folder(&manifest.settings.model);
    Ok(of_records(&records, manifest, &model, summary.state, summary.next_stage, summary.last_failure))
}

fn of_records(
    records: &[Record],
    manifest: &Manifest,
    model: &str,
    state: String,
    stage: Option<String>,
    failure: Option<String>,
) -> Look {
    let progress = Progress::of(records);
    let loaded = |record: &&Record| matches!(record.entry, Entry::StageFinished { stage: Stage::Load, .. });
    let loads = records.iter().filter(loaded).count() as u64;
    let mut windows: Vec<(String, u64)> = Vec::new();
    for (name, posts) in &progress.staged_posts {
        let start = name.window.start().to_string();
        match windows.last_mut() {
            Some((last, sum)) if *last == start => *sum += posts,
            _ => windows.push((start, *posts)),
        }
    }
    let scored = progress
        .models
        .get(model)
        .map_or(0, |of_model| of_model.scored.values().map(|facts| facts.scored + facts.unscored).sum());
    let planned = manifest.planned.as_ref();
    Look {
        run_id: manifest.run_id.clone(),
        stage,
        loads,
        staged: progress.staged_posts.values().sum(),
        scored,
        windows: windows.len() as u64,
        planned: planned.map(|plan| plan.windows(manifest.settings.window_seconds).count() as u64),
        by_window: if state == "running" && !progress.is_done(Stage::Load, model) {
            windows
        } else {
            Vec::new()
        },
        state,
        failure,
    }
}
