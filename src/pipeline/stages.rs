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

/// A row for each stage that ended for `model`, and for an ingest that was only begun; it is every model's. `costs` has
/// dollars by stage.
pub fn rows<'a>(
    records: impl IntoIterator<Item = &'a Record>,
    model: &str,
    costs: &BTreeMap<Stage, f64>,
) -> Vec<StageRow> {
    let mut rows: BTreeMap<Stage, StageRow> = BTreeMap::new();
    // When ingest began, and when it was last seen at work: one that was killed, or was left as it was, never ended.
    let mut reading: Option<(Timestamp, Timestamp)> = None;
    for record in records {
        match &record.entry {
            // Everything is read anew, and nothing of before is left.
            Entry::Redo { stage: Stage::Ingest, .. } => {
                rows.clear();
                reading = None;
            }
            Entry::StageStarted { stage: Stage::Ingest, .. } => reading = Some((record.at, record.at)),
            Entry::Staged { .. } | Entry::Ingested { .. } => {
                reading = reading.map(|(began, _)| (began, record.at));
            }
            Entry::StageFinished { stage, model: of, seconds, .. }
                if of.as_ref().is_none_or(|of| of == model) =>
            {
                if *stage == Stage::Ingest {
                    reading = None;
                }
                add(&mut rows, costs, *stage, record.at, *seconds);
            }
            _ => {}
        }
    }
    if let Some((began, last)) = reading {
        add(&mut rows, costs, Stage::Ingest, last, last.duration_since(began).as_secs_f64());
    }
    rows.into_values().collect()
}

/// Puts an attempt to those before it.
fn add(
    rows: &mut BTreeMap<Stage, StageRow>,
    costs: &BTreeMap<Stage, f64>,
    stage: Stage,
    at: Timestamp,
    seconds: f64,
) {
    let cost_usd = costs.get(&stage).copied().unwrap_or(0.0);
    let row = rows.entry(stage).or_insert(StageRow { stage, finished_at: at, seconds: 0.0, cost_usd });
    row.seconds += seconds;
    row.finished_at = at;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::format::{IngestCounts, JOURNAL_VERSION};

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
    #[test]
    fn an_ingest_that_never_ended_has_a_row_all_the_same() {
        let record = |at: &str, entry| Record { v: JOURNAL_VERSION, at: at.parse().unwrap(), entry };
        let ingested = |complete| Entry::Ingested { counts: IngestCounts::default(), complete };
        let begun = || Entry::StageStarted { stage: Stage::Ingest, model: None };
        let costs = BTreeMap::from([(Stage::Ingest, 5.0)]);
        let took = |records: &[Record]| {
            let rows = rows(records, "embedded", &costs);
            rows.iter().map(|row| (row.stage, row.seconds, row.cost_usd)).collect::<Vec<_>>()
        };
        let start = record("2026-03-01T00:00:00Z", begun());
        // Killed after its last post, stopped by what it could not read, stopped before it had anything.
        for complete in [true, false] {
            let read = record("2026-03-01T00:00:02.5Z", ingested(complete));
            assert_eq!(took(&[start.clone(), read]), [(Stage::Ingest, 2.5, 5.0)]);
        }
        assert_eq!(took(std::slice::from_ref(&start)), [(Stage::Ingest, 0.0, 5.0)]);
        // Of two attempts the one that ended counts.
        let again = record("2026-03-01T00:01:00Z", begun());
        let end = ended("2026-03-01T00:01:03Z", Stage::Ingest, None, 3.0);
        assert_eq!(took(&[start.clone(), again, end]), [(Stage::Ingest, 3.0, 5.0)]);
        // A live run's posts are brought in, without an ingest of its own.
        let redo = record("2026-03-01T00:00:04Z", Entry::Redo { stage: Stage::Ingest, model: None });
        assert_eq!(took(&[start, redo, record("2026-03-01T00:00:05Z", ingested(true))]), []);
    }
}
