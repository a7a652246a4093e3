//! Which stages a run does: a pure function of what is done and what was asked.

use jiff::{SignedDuration, Timestamp};

use crate::config::settings::{Settings, SourceKind, TransformKind};
use crate::error::{Error, Result};
use crate::journal::resume::Progress;
use crate::pipeline::event::Stage;

/// What becomes of one stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Done before.
    Skip,
    Do,
    /// Beyond what was asked.
    Leave,
}

/// A run's stages, decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunPlan {
    pub model: String,
    /// Everything from here on is forgotten first.
    pub redo: Option<Stage>,
    steps: [Step; 5],
}

/// What was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Redo this stage and the later ones, whatever the journal says.
    pub from: Option<Stage>,
    /// Stop after this stage.
    pub to: Option<Stage>,
}

impl RunPlan {
    /// Decides. `from` needs the stages before it to have something: posts staged, for all but ingest.
    pub fn new(progress: &Progress, model: &str, asked: Asked) -> Result<Self> {
        let to = asked.to.unwrap_or(Stage::Report);
        if let Some(from) = asked.from {
            if from > to {
                return Err(Error::usage(format!("--from-stage {from} comes after --to-stage {to}"))
                    .hint("stages are ingest, score, transform, load, report, in this order"));
            }
            if from > Stage::Ingest && progress.staged.is_empty() {
                return Err(Error::usage(format!("--from-stage {from}: this run has no posts yet"))
                    .hint("start with --from-stage ingest, or leave the flag out"));
            }
        }
        let steps = Stage::ALL.map(|stage| {
            let redone = asked.from.is_some_and(|from| stage >= from);
            let given = asked.from.is_some_and(|from| stage < from && stage == Stage::Ingest);
            if stage > to {
                Step::Leave
            } else if !redone && (given || progress.is_done(stage, model)) {
                Step::Skip
            } else {
                Step::Do
            }
        });
        Ok(Self { model: model.to_owned(), redo: asked.from, steps })
    }

    /// The stages with what becomes of them, in order.
    pub fn steps(&self) -> impl Iterator<Item = (Stage, Step)> {
        Stage::ALL.into_iter().zip(self.steps)
    }

    /// Whether `stage` is to be done.
    pub fn does(&self, stage: Stage) -> bool {
        self.steps().any(|(of, step)| of == stage && step == Step::Do)
    }

    /// Whether the run is over when the plan is done.
    pub fn is_to_the_end(&self) -> bool {
        !self.steps.contains(&Step::Leave)
    }

    /// Whether there is nothing to do.
    pub fn is_noop(&self) -> bool {
        !self.steps.contains(&Step::Do)
    }
}

/// About how long a run takes that works on a stack, with what a stack needs to be slow: used to tell whether the
/// stack lives long enough.
pub fn time_needed(settings: &Settings, now: Timestamp) -> SignedDuration {
    let waits = match settings.source {
        // It is read as it flows by, to its end.
        SourceKind::Bluesky | SourceKind::XStream => {
            settings.end.map_or(SignedDuration::ZERO, |end| end.duration_since(now))
        }
        SourceKind::Sample | SourceKind::Replay | SourceKind::XSearch => SignedDuration::ZERO,
    };
    // A request for each window, at the rate that X grants: 450 in a quarter of an hour.
    let requests = match (settings.source, settings.start, settings.end) {
        (SourceKind::XSearch, Some(start), Some(end)) => {
            end.duration_since(start).as_secs() / i64::from(settings.window_seconds.max(1))
        }
        _ => 0,
    };
    let reading = SignedDuration::from_secs(requests / 450 * 900 + requests);
    let spark = match settings.transform {
        TransformKind::Embedded => 0,
        TransformKind::Emr => 5,
        TransformKind::EmrServerless => 8,
    };
    waits.max(SignedDuration::ZERO) + reading + SignedDuration::from_mins(spark + 5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::resume::ModelProgress;
    use crate::model::{PacketName, Window};

    /// A run whose stages up to `last` are done for the model `m`.
    fn done_to(last: Option<Stage>) -> Progress {
        let mut progress = Progress::default();
        let Some(last) = last else { return progress };
        progress.ingested = true;
        progress.staged.insert(PacketName::numbered(Window::from_unix(0), 1), 10);
        let done = Stage::ALL.into_iter().filter(|s| *s > Stage::Ingest && *s <= last).collect();
        progress.models.insert("m".to_owned(), ModelProgress { done, ..ModelProgress::default() });
        progress
    }

    fn to_do(progress: &Progress, from: Option<Stage>, to: Option<Stage>) -> Vec<Stage> {
        let plan = RunPlan::new(progress, "m", Asked { from, to }).unwrap();
        Stage::ALL.into_iter().filter(|stage| plan.does(*stage)).collect()
    }

    #[test]
    fn a_run_goes_on_where_it_was() {
        assert_eq!(to_do(&done_to(None), None, None), Stage::ALL);
        assert_eq!(
            to_do(&done_to(Some(Stage::Score)), None, None),
            [Stage::Transform, Stage::Load, Stage::Report]
        );
        assert_eq!(to_do(&done_to(Some(Stage::Report)), None, None), []);
        assert_eq!(to_do(&done_to(None), None, Some(Stage::Score)), [Stage::Ingest, Stage::Score]);
    }

    #[test]
    fn from_stage_redoes_it_and_all_later_ones_whatever_is_done() {
        for from in Stage::ALL {
            let redone = to_do(&done_to(Some(Stage::Report)), Some(from), None);
            assert_eq!(redone, Stage::ALL.into_iter().filter(|s| *s >= from).collect::<Vec<_>>());
        }
    }

    #[test]
    fn from_stage_does_what_is_missing_before_it_but_never_reads_again() {
        let mut cut = done_to(Some(Stage::Ingest));
        cut.ingested = false;
        let all_but_ingest = [Stage::Score, Stage::Transform, Stage::Load, Stage::Report];
        assert_eq!(to_do(&cut, Some(Stage::Transform), None), all_but_ingest);
    }

    #[test]
    fn nonsense_is_refused() {
        let asked = Asked { from: Some(Stage::Load), to: Some(Stage::Score) };
        assert!(RunPlan::new(&done_to(Some(Stage::Report)), "m", asked).is_err());
        let asked = Asked { from: Some(Stage::Score), to: None };
        assert!(RunPlan::new(&done_to(None), "m", asked).is_err());
    }
}
