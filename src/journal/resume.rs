//! What is left of a run: a pure function of its journal. It guesses nothing and looks at no file.

use std::collections::{BTreeMap, BTreeSet};

use crate::journal::format::{Entry, IngestCounts, Record, StageResult};
use crate::model::PacketName;
use crate::pipeline::event::Stage;

/// What the journal says is done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// Staged packets with their size in bytes.
    pub staged: BTreeMap<PacketName, u64>,
    /// Posts of each staged packet.
    pub staged_posts: BTreeMap<PacketName, u64>,
    /// By shard of the stream: the last record up to which everything is scored.
    pub checkpoints: BTreeMap<String, String>,
    /// What ingest counted, when it last said so.
    pub counts: Option<IngestCounts>,
    /// Whether the input was read to its end.
    pub ingested: bool,
    /// By model.
    pub models: BTreeMap<String, ModelProgress>,
    /// Seconds spent in each stage, over all attempts that ended.
    pub seconds: BTreeMap<Stage, f64>,
    /// Whether the last thing that happened is that the run ended well.
    pub finished: bool,
    /// How the last attempt ended, if it said so.
    pub last_failure: Option<String>,
    /// How often a process took the run up.
    pub attempts: u32,
}

/// What is done for one model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelProgress {
    /// Sentiment packets with scored and unscored posts and size in bytes.
    pub scored: BTreeMap<PacketName, ScoredFacts>,
    /// Stages from score on that ended.
    pub done: BTreeSet<Stage>,
    /// What a service was given to do and had not ended, by stage.
    pub submitted: BTreeMap<Stage, String>,
    /// What those stages made.
    pub results: Vec<(Stage, StageResult)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScoredFacts {
    pub scored: u64,
    pub unscored: u64,
    pub fallback: u64,
    pub bytes: u64,
}

impl Progress {
    /// Reads the journal from its first record to its last.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut progress = Self::default();
        for record in records {
            progress.apply(&record.entry);
        }
        progress
    }

    /// Whether `stage` ended for `model`.
    pub fn is_done(&self, stage: Stage, model: &str) -> bool {
        match stage {
            Stage::Ingest => self.ingested,
            Stage::Score | Stage::Transform | Stage::Load | Stage::Report => {
                self.models.get(model).is_some_and(|m| m.done.contains(&stage))
            }
        }
    }

    /// The first stage that is left for `model`, or `None`.
    pub fn next_stage(&self, model: &str) -> Option<Stage> {
        Stage::ALL.into_iter().find(|stage| !self.is_done(*stage, model))
    }

    fn apply(&mut self, entry: &Entry) {
        self.finished = false;
        match entry {
            Entry::Opened { .. } => {
                self.attempts += 1;
                self.last_failure = None;
            }
            Entry::Redo { stage, model } => self.forget(*stage, model.as_deref()),
            Entry::StageStarted { .. } => {}
            Entry::Staged { name, bytes, posts } => {
                self.staged.insert(name.clone(), *bytes);
                self.staged_posts.insert(name.clone(), *posts);
            }
            Entry::Checkpoint { checkpoint } => {
                self.checkpoints.insert(checkpoint.shard.clone(), checkpoint.sequence.clone());
            }
            Entry::Submitted { stage, model, id } => {
                self.model(model).submitted.insert(*stage, id.clone());
            }
            Entry::Ingested { counts, complete } => {
                self.counts = Some(counts.clone());
                self.ingested = *complete;
            }
            Entry::Scored { model, name, scored, unscored, fallback, bytes } => {
                let facts =
                    ScoredFacts { scored: *scored, unscored: *unscored, fallback: *fallback, bytes: *bytes };
                self.model(model).scored.insert(name.clone(), facts);
            }
            Entry::StageFinished { stage, model, seconds, result } => {
                *self.seconds.entry(*stage).or_default() += seconds;
                if let Some(model) = model {
                    let of_model = self.model(model);
                    of_model.done.insert(*stage);
                    of_model.submitted.remove(stage);
                    if let Some(result) = result {
                        of_model.results.retain(|(of, _)| of != stage);
                        of_model.results.push((*stage, result.clone()));
                    }
                }
            }
            Entry::Failed { message, .. } => self.last_failure = Some(message.clone()),
            Entry::Interrupted { signal } => self.last_failure = Some(format!("stopped by {signal}")),
            Entry::Finished => self.finished = true,
        }
    }

    /// Forgets `from` and what follows it. Ingest anew concerns every model; later stages the one named.
    fn forget(&mut self, from: Stage, model: Option<&str>) {
        if from == Stage::Ingest {
            *self = Self { attempts: self.attempts, ..Self::default() };
            return;
        }
        for (name, of_model) in &mut self.models {
            if model.is_none_or(|m| m == name) {
                of_model.done.retain(|stage| *stage < from);
                of_model.submitted.retain(|stage, _| *stage < from);
                of_model.results.retain(|(stage, _)| *stage < from);
                if from == Stage::Score {
                    of_model.scored.clear();
                }
            }
        }
    }

    fn model(&mut self, name: &str) -> &mut ModelProgress {
        self.models.entry(name.to_owned()).or_default()
    }
}

impl ModelProgress {
    /// Posts that another model had to score.
    pub fn fallback(&self) -> u64 {
        self.scored.values().map(|facts| facts.fallback).sum()
    }

    /// What `stage` made, if it ended.
    pub fn result(&self, stage: Stage) -> Option<&StageResult> {
        self.results.iter().find(|(of, _)| *of == stage).map(|(_, result)| result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::format::JOURNAL_VERSION;
    use crate::model::Window;

    fn record(entry: Entry) -> Record {
        Record { v: JOURNAL_VERSION, at: "2026-03-01T00:00:00Z".parse().unwrap(), entry }
    }

    fn name(n: u32) -> PacketName {
        PacketName::numbered(Window::from_unix(900), n)
    }

    fn whole() -> Vec<Record> {
        let stage = |stage, model: Option<&str>| Entry::StageFinished {
            stage,
            model: model.map(str::to_owned),
            seconds: 1.5,
            result: None,
        };
        [
            Entry::Opened { tool_version: "0".into(), resumed: false },
            Entry::Staged { name: name(1), posts: 3, bytes: 30 },
            Entry::Ingested {
                counts: IngestCounts { read: 3, kept: 3, ..IngestCounts::default() },
                complete: true,
            },
            stage(Stage::Ingest, None),
            Entry::Scored {
                model: "m".into(),
                name: name(1),
                scored: 3,
                unscored: 0,
                fallback: 0,
                bytes: 99,
            },
            stage(Stage::Score, Some("m")),
            stage(Stage::Transform, Some("m")),
            stage(Stage::Load, Some("m")),
            stage(Stage::Report, Some("m")),
            Entry::Finished,
        ]
        .map(record)
        .to_vec()
    }

    #[test]
    fn every_prefix_of_a_journal_leaves_the_rest_to_do_and_never_more_with_time() {
        let journal = whole();
        let mut left_before = Stage::ALL.len();
        for n in 0..=journal.len() {
            let progress = Progress::of(&journal[..n]);
            let left = Stage::ALL.into_iter().filter(|s| !progress.is_done(*s, "m")).count();
            assert!(left <= left_before, "after {n} records");
            assert_eq!(progress.finished, n == journal.len());
            left_before = left;
        }
        assert_eq!(left_before, 0);
    }

    #[test]
    fn the_same_records_twice_change_nothing_but_time_and_attempts() {
        let once = Progress::of(&whole());
        let mut twice = Progress::of(whole().iter().chain(&whole()));
        twice.attempts = once.attempts;
        twice.seconds = once.seconds.clone();
        assert_eq!(twice, once);
    }

    #[test]
    fn redo_forgets_its_stage_and_the_later_ones_of_its_model_only() {
        let mut journal = whole();
        journal.push(record(Entry::StageFinished {
            stage: Stage::Load,
            model: Some("other".into()),
            seconds: 1.0,
            result: None,
        }));
        journal.push(record(Entry::Redo { stage: Stage::Transform, model: Some("m".into()) }));
        let progress = Progress::of(&journal);
        assert_eq!(progress.next_stage("m"), Some(Stage::Transform));
        assert!(progress.is_done(Stage::Load, "other"));
        assert_eq!(progress.models["m"].scored.len(), 1);
        journal.push(record(Entry::Redo { stage: Stage::Ingest, model: None }));
        let progress = Progress::of(&journal);
        assert!(progress.staged.is_empty() && progress.models.is_empty() && !progress.ingested);
    }

    #[test]
    fn a_record_is_read_back_as_written() {
        for record in whole() {
            let line = serde_json::to_string(&record).unwrap();
            assert_eq!(serde_json::from_str::<Record>(&line).unwrap(), record, "{line}");
        }
    }
}
