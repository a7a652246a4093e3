//! The engine: drives the five stages over the ports, journals what it does, and tells what happens.
//! It knows no backend, no terminal and no exit code.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use crate::error::{Error, ErrorKind, Result};
use crate::journal::format::{Entry, StageResult};
use crate::journal::resume::Progress;
use crate::pipeline::context::Context;
use crate::pipeline::event::{Event, Stage};
use crate::pipeline::follow::Other;
use crate::pipeline::gate::GateOptions;
use crate::pipeline::plan::{RunPlan, Step};
use crate::pipeline::port::{Durability, Model, Source, Stream, Tables, Transform, Warehouse};
use crate::pipeline::stages::StageRow;
use crate::pipeline::{ingest, load, report, score, stages, transform};

/// The parts of the world that a run uses. What a plan leaves out may be absent.
pub struct Backends {
    /// Needed to ingest.
    pub source: Option<Box<dyn Source>>,
    pub gate: Option<GateOptions>,
    pub stream: Arc<dyn Stream>,
    pub model: Arc<dyn Model>,
    /// Who scores in the model's place, if not this process.
    pub scored_by: Option<Other>,
    pub transform: Arc<dyn Transform>,
    pub tables: Arc<dyn Tables>,
    /// `None` with `warehouse: none`.
    pub warehouse: Option<Arc<dyn Warehouse>>,
    pub costs: Costs,
}

/// What the stages of a run that has come so far have cost for a model, in dollars, beside the stack's hours.
pub type Costs = Box<dyn Fn(&Progress) -> BTreeMap<Stage, f64> + Send + Sync>;

/// Runs the plan's stages. What was done before stays done; an error says how far it came through the journal.
pub async fn run(context: Arc<Context>, mut backends: Backends, plan: &RunPlan) -> Result<Progress> {
    let outcome = drive(&context, &mut backends, plan).await;
    if let Err(error) = &outcome {
        let entry = match error.kind {
            ErrorKind::Interrupted => Entry::Interrupted { signal: "SIGINT".into() },
            ErrorKind::Terminated => Entry::Interrupted { signal: "SIGTERM".into() },
            _ => Entry::Failed { stage: None, message: error.to_string() },
        };
        // The journal may be what failed; the first error is the one to report.
        let _ = context.log(entry);
    }
    let synced = context.journal.sync();
    outcome?;
    synced?;
    Ok(Progress::of(&context.journal.read()?))
}

async fn drive(context: &Arc<Context>, backends: &mut Backends, plan: &RunPlan) -> Result<()> {
    let model = plan.model.clone();
    if let Some(stage) = plan.redo {
        redo(context, stage, &model).await?;
    }
    for (stage, step) in plan.steps() {
        match step {
            Step::Skip => context.emit(Event::StageSkipped { stage }),
            Step::Leave => {}
            // Score starts beside ingest, and ingest starts it.
            Step::Do if stage == Stage::Score && plan.does(Stage::Ingest) => {}
            Step::Do => {
                context.stop.check()?;
                do_stage(context, backends, plan, stage).await?;
            }
        }
    }
    if plan.does(Stage::Load) {
        // Once more, with what followed.
        record(context, backends, &model, None).await?;
    }
    if plan.is_to_the_end() {
        finish(context).await?;
    }
    Ok(())
}

async fn do_stage(
    context: &Arc<Context>,
    backends: &mut Backends,
    plan: &RunPlan,
    stage: Stage,
) -> Result<()> {
    let model = plan.model.as_str();
    let clock = StageClock::start(context, stage, model)?;
    match stage {
        Stage::Ingest => ingest_and_score(context, backends, plan, &clock).await?,
        Stage::Score => {
            let other = backends.scored_by.as_ref();
            let scoring = score::Scoring::start(context, &backends.stream, &backends.model, other).await?;
            let done = scoring.finish(context, &backends.stream).await?;
            clock.end(context, Some(model), done, None)?;
        }
        Stage::Transform => {
            let counts = transform::transform(context, backends.transform.as_ref(), model).await?;
            let done = counts.windows;
            clock.end(context, Some(model), done, Some(StageResult::Transform(counts)))?;
        }
        Stage::Load => {
            let Some(warehouse) = &backends.warehouse else {
                return clock.end(context, Some(model), 0, None);
            };
            let (tweets, windows) = load::load(context, warehouse.as_ref(), model).await?;
            record(context, backends, model, Some(clock.row(context))).await?;
            clock.end(context, Some(model), tweets, Some(StageResult::Load { tweets, windows }))?;
        }
        Stage::Report => {
            let shares = backends.model.shares();
            let made = report::report(context, backends.tables.as_ref(), model, shares).await?;
            clock.end(context, Some(model), 1, Some(made))?;
        }
    }
    Ok(())
}

/// Ingest, with score beside it where the plan wants both.
async fn ingest_and_score(
    context: &Arc<Context>,
    backends: &mut Backends,
    plan: &RunPlan,
    clock: &StageClock,
) -> Result<()> {
    let missing = |what: &str| Error::failed(format!("posts are left to read, and no {what} was given"));
    let source = backends.source.as_mut().ok_or_else(|| missing("source"))?;
    let gate = backends.gate.take().ok_or_else(|| missing("gate"))?;
    let stream = &backends.stream;
    if !plan.does(Stage::Score) {
        let kept = ingest::ingest(context, source.as_mut(), gate, None, stream).await?;
        return clock.end(context, None, kept, None);
    }
    let beside = StageClock::start(context, Stage::Score, &plan.model)?;
    let other = backends.scored_by.as_ref();
    let scoring = score::Scoring::start(context, stream, &backends.model, other).await?;
    let kept = match ingest::ingest(context, source.as_mut(), gate, Some(&scoring), stream).await {
        Ok(kept) => kept,
        Err(error) => return Err(scoring.abandon(stream, error).await),
    };
    clock.end(context, None, kept, None)?;
    let done = scoring.finish(context, stream).await?;
    beside.end(context, Some(&plan.model), done, None)
}

/// Forgets a stage and those after it: in the journal, and what they made that the next attempt would not replace.
///
/// # Errors
/// Those of journal and store.
pub async fn redo(context: &Context, stage: Stage, model: &str) -> Result<()> {
    let of_model = (stage != Stage::Ingest).then(|| model.to_owned());
    context.log(Entry::Redo { stage, model: of_model })?;
    context.journal.sync()?;
    let layout = &context.layout;
    match stage {
        Stage::Ingest => {
            let dir = layout.dir();
            for part in ["staging", "sentiments", "tables", "report", "spool"] {
                context.store.delete_prefix(&format!("{dir}/{part}")).await?;
            }
        }
        Stage::Score => context.store.delete_prefix(&layout.sentiments(model)).await?,
        // Later stages replace what they made when they are done.
        Stage::Transform | Stage::Load | Stage::Report => {}
    }
    Ok(())
}

/// Tells the warehouse what the run's stages took; `ending` is about to be one of them.
async fn record(context: &Context, backends: &Backends, model: &str, ending: Option<StageRow>) -> Result<()> {
    let Some(warehouse) = &backends.warehouse else { return Ok(()) };
    let journal = context.journal.read()?;
    let costs = (backends.costs)(&Progress::of(&journal));
    let mut rows = stages::rows(&journal, model, &costs);
    if let Some(ending) = ending {
        match rows.iter_mut().find(|row| row.stage == ending.stage) {
            Some(row) => row.seconds += ending.seconds,
            None => rows.push(ending),
        }
    }
    warehouse.record(&context.manifest.run_id, model, &rows).await
}

/// Writes down that the run ended.
async fn finish(context: &Context) -> Result<()> {
    let mut manifest = context.manifest.clone();
    manifest.finished = Some(context.clock.now());
    context.store.put(&context.layout.manifest(), manifest.to_bytes()?, Durability::Power).await?;
    context.log(Entry::Finished)
}

/// Times one stage.
struct StageClock {
    stage: Stage,
    started: Instant,
}

impl StageClock {
    fn start(context: &Context, stage: Stage, model: &str) -> Result<Self> {
        let of_model = (stage != Stage::Ingest).then(|| model.to_owned());
        context.log(Entry::StageStarted { stage, model: of_model })?;
        context.emit(Event::StageStarted { stage });
        Ok(Self { stage, started: Instant::now() })
    }

    /// As it would be if it ended now, free of charge.
    fn row(&self, context: &Context) -> StageRow {
        let seconds = self.started.elapsed().as_secs_f64();
        StageRow { stage: self.stage, finished_at: context.clock.now(), seconds, cost_usd: 0.0 }
    }

    fn end(
        &self,
        context: &Context,
        model: Option<&str>,
        done: u64,
        result: Option<StageResult>,
    ) -> Result<()> {
        let seconds = self.started.elapsed().as_secs_f64();
        let entry =
            Entry::StageFinished { stage: self.stage, model: model.map(str::to_owned), seconds, result };
        context.log(entry)?;
        context.emit(Event::StageFinished { stage: self.stage, done, seconds });
        Ok(())
    }
}
