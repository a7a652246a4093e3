//! Which stages a run does: a pure function of what is done and what was asked.

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
