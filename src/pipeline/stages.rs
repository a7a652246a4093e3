//! What the stages of a run took, for the warehouse: a pure function of its journal.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::journal::format::{Entry, Record};
use crate::pipeline::event::Stage;

/// What one stage of a run took.
#[derive(Clone, Debug, PartialEq)]
pub struct StageRow {
    pub stage: Stage,
    /// When it last ended.
    pub finished_at: Timestamp,
    /// Over all attempts that ended.
    pub seconds: f64,
    /// Estimated dollars beside those of the stack's hours.
    pub cost_usd: f64,
}

/// A row for each stage that ended for `model`; ingest is every model's. `costs` has dollars by stage.
pub fn rows<'a>(
    records: impl IntoIterator<Item = &'a Record>,
    model: &str,
    costs: &BTreeMap<Stage, f64>,
) -> Vec<StageRow> {
    let mut rows: BTreeMap<Stage, StageRow> = BTreeMap::new();
    for record in records {
        match &record.entry {
            // Everything is read anew, and nothing of before is left.
            Entry::Redo { stage: Stage::Ingest, .. } => rows.clear(),
            Entry::StageFinished { stage, model: of, seconds, .. }
                if of.as_ref().is_none_or(|of| of == model) =>
            {
                let cost_usd = costs.get(stage).copied().unwrap_or(0.0);
                let row = StageRow { stage: *stage, finished_at: record.at, seconds: 0.0, cost_usd };
                let row = rows.entry(*stage).or_insert(row);
                row.seconds += seconds;
                row.finished_at = record.at;
            }
            _ => {}
        }
    }
    rows.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::format::JOURNAL_VERSION;

    fn ended(at: &str, stage: Stage, model: Option<&str>, seconds: f64) -> Record {
        let entry = Entry::StageFinished { stage, model: model.map(str::to_owned), seconds, result: None };
        Record { v: JOURNAL_VERSION, at: at.parse().unwrap(), entry }
    }

    #[test]
    fn attempts_add_up_and_other_models_stay_out() {
        let mut records = vec![
            ended("2026-03-01T00:00:01Z", Stage::Ingest, None, 2.0),
            ended("2026-03-01T00:00:02Z", Stage::Score, Some("embedded"), 1.0),
            ended("2026-03-01T00:00:03Z", Stage::Score, Some("other"), 9.0),
            ended("2026-03-01T00:00:04Z", Stage::Score, Some("embedded"), 0.5),
        ];
        let costs = BTreeMap::from([(Stage::Ingest, 5.0), (Stage::Report, 1.0)]);
        let row = |stage, at: &str, seconds, cost_usd| StageRow {
            stage,
            finished_at: at.parse().unwrap(),
            seconds,
            cost_usd,
        };
        assert_eq!(
            rows(&records, "embedded", &costs),
            [
                row(Stage::Ingest, "2026-03-01T00:00:01Z", 2.0, 5.0),
                row(Stage::Score, "2026-03-01T00:00:04Z", 1.5, 0.0)
            ]
        );
        let entry = Entry::Redo { stage: Stage::Ingest, model: None };
        records.push(Record { entry, ..records[0].clone() });
        assert_eq!(rows(&records, "embedded", &costs), []);
    }
}
