//! A run's tables read back for the report. Of the posts only a sample is taken, and what is not needed for it is skipped.

use std::path::PathBuf;

use async_trait::async_trait;

use super::files::Files;
use super::rows::{Cell, Cells, Rows, Values};
use super::schema::{SENTIMENT, TWEET, Table};
use super::table_files::{Input, TableReader, table_inputs};
use crate::error::{Error, Result};
use crate::layout::RunLayout;
use crate::limits::ROW_GROUP_ROWS;
use crate::model::{Label, Window, WindowStatus};
use crate::pipeline::merge::LABELS;
use crate::pipeline::port::{Tables, WindowRow};

/// Posts that stand together in the sample of a long run, so that most pages need not be read.
const BLOCK: u64 = 64;

/// The tables of the runs under a root folder.
#[derive(Clone, Debug)]
pub struct LocalTables {
    files: Files,
}

impl LocalTables {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { files: Files::new(root) }
    }

    fn folder(run_id: &str, model: &str, table: &Table) -> String {
        RunLayout::new(run_id).table(model, table.name)
    }

    fn read_windows(&self, run_id: &str, model: &str) -> Result<Vec<WindowRow>> {
        let mut reader =
            TableReader::open(&self.files, &SENTIMENT, &Self::folder(run_id, model, &SENTIMENT))?;
        let (mut rows, mut windows) = (Rows::new(&SENTIMENT), Vec::new());
        while reader.next(&mut rows)? {
            let mut cursor = rows.cursor();
            let mut cells = Vec::with_capacity(SENTIMENT.columns.len());
            loop {
                cells.clear();
                let more = cursor.advance(|_, cell| {
                    cells.push(cell);
                    Ok::<_, Error>(())
                })?;
                if !more {
                    break;
                }
                windows.push(window_row(&cells).ok_or_else(|| {
                    Error::input(format!("the sentiment table of run {run_id} has an unreadable row"))
                        .hint("make the tables again with --from-stage transform")
                })?);
            }
        }
        windows.sort_by_key(|row| row.window);
        Ok(windows)
    }

    fn read_texts(&self, run_id: &str, model: &str, limit: u64) -> Result<(Vec<(Label, String)>, u64)> {
        let windows = self.read_windows(run_id, model)?;
        let total: u64 = windows.iter().flat_map(|row| row.counts).sum();
        let mut sample = Sample { spread: Spread::new(total, limit), seen: 0, texts: Vec::new() };
        for path in table_inputs(&self.files, &Self::folder(run_id, model, &TWEET))? {
            if sample.spread.next().is_none() {
                break;
            }
            match Input::open(&path, &TWEET)? {
                Input::Parquet(file) => {
                    for group in 0..file.groups() {
                        let mut labels = Rows::new(&TWEET).columns.swap_remove(LABEL);
                        file.read_column(group, LABEL, file.group_rows(group), &mut labels)?;
                        let (wanted, labels) = sample.choose(&labels);
                        let texts = file.read_strings_at(group, TEXT, &wanted)?;
                        sample.take(&labels, |i| texts.get(i));
                    }
                }
                Input::Csv(mut file) => {
                    let mut rows = Rows::new(&TWEET);
                    loop {
                        file.read(ROW_GROUP_ROWS, &mut rows)?;
                        if rows.is_empty() {
                            break;
                        }
                        let (Some(labels), Some(texts)) = (rows.columns.get(LABEL), rows.columns.get(TEXT))
                        else {
                            break;
                        };
                        let (wanted, labels) = sample.choose(labels);
                        let Values::Text(texts) = &texts.values else { break };
                        sample.take(&labels, |i| texts.get(*wanted.get(i)?));
                    }
                }
            }
        }
        Ok((sample.texts, total))
    }
}

#[async_trait]
impl Tables for LocalTables {
    async fn windows(&self, run_id: &str, model: &str) -> Result<Vec<WindowRow>> {
        self.read_windows(run_id, model)
    }

    async fn texts(&self, run_id: &str, model: &str, limit: u64) -> Result<(Vec<(Label, String)>, u64)> {
        self.read_texts(run_id, model, limit)
    }
}

/// Where the columns of the sample are; a test compares them with the schema.
const TEXT: usize = 15;
const LABEL: usize = 17;

fn window_row(cells: &[Cell<'_>]) -> Option<WindowRow> {
    let long = |at: usize| match cells.get(at) {
        Some(Cell::Long(value)) => u64::try_from(*value).ok(),
        _ => None,
    };
    let double = |at: usize| match cells.get(at) {
        Some(Cell::Double(value)) => Some(*value),
        _ => None,
    };
    let Some(Cell::Timestamp(micros)) = cells.get(4) else { return None };
    let Some(Cell::Text(status)) = cells.get(6) else { return None };
    let all = [WindowStatus::Complete, WindowStatus::Capped, WindowStatus::Partial, WindowStatus::Empty];
    Some(WindowRow {
        window: Window::from_unix(micros.div_euclid(1_000_000)),
        status: all.into_iter().find(|s| s.as_str() == *status)?,
        tweets: long(7)?,
        unscored: long(8)?,
        collapsed: long(9)?,
        counts: [long(11)?, long(12)?, long(13)?, long(14)?],
        sums: [double(15)?, double(16)?, double(17)?, double(18)?],
        avg: match (double(19), double(20), double(21), double(22)) {
            (Some(a), Some(b), Some(c), Some(d)) => Some([a, b, c, d]),
            _ => None,
        },
    })
}

/// The sample while it grows.
struct Sample {
    spread: Spread,
    /// Scored posts passed so far.
    seen: u64,
    texts: Vec<(Label, String)>,
}

impl Sample {
    /// Which rows of a column of labels are wanted, and their labels.
    fn choose(&mut self, labels: &Cells) -> (Vec<usize>, Vec<Label>) {
        let (mut wanted, mut chosen) = (Vec::new(), Vec::new());
        let Values::Text(texts) = &labels.values else { return (wanted, chosen) };
        let mut scored = 0;
        for (row, level) in labels.levels.iter().enumerate() {
            if *level == 0 {
                continue;
            }
            if self.spread.next() == Some(self.seen) {
                self.spread.advance();
                let label =
                    texts.get(scored).and_then(|text| LABELS.into_iter().find(|l| l.as_str() == text));
                if let Some(label) = label {
                    wanted.push(row);
                    chosen.push(label);
                }
            }
            scored += 1;
            self.seen += 1;
        }
        (wanted, chosen)
    }

    fn take<'a>(&mut self, labels: &[Label], text: impl Fn(usize) -> Option<&'a str>) {
        for (i, label) in labels.iter().enumerate() {
            if let Some(text) = text(i) {
                self.texts.push((*label, text.to_owned()));
            }
        }
    }
}

/// Numbers out of `0..total`, evenly spread and ascending: one by one, or in blocks where that skips a lot.
struct Spread {
    total: u64,
    blocks: u64,
    size: u64,
    block: u64,
    within: u64,
}

impl Spread {
    fn new(total: u64, limit: u64) -> Self {
        let limit = limit.min(total);
        let size = if limit >= BLOCK * 32 && total / limit.max(1) >= 16 { BLOCK } else { 1 };
        Self { total, blocks: limit / size, size, block: 0, within: 0 }
    }

    fn next(&self) -> Option<u64> {
        if self.block >= self.blocks {
            return None;
        }
        let start = u128::from(self.block) * u128::from(self.total) / u128::from(self.blocks);
        Some(u64::try_from(start).ok()? + self.within)
    }

    fn advance(&mut self) {
        self.within += 1;
        if self.within == self.size {
            (self.block, self.within) = (self.block + 1, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_are_where_they_are_taken_from() {
        assert_eq!((TWEET.index("text"), TWEET.index("label")), (Some(TEXT), Some(LABEL)));
        let at = ["window_time", "status", "count_tweets", "count_positive", "sum_positive", "avg_positive"]
            .map(|name| SENTIMENT.index(name).unwrap());
        assert_eq!(at, [4, 6, 7, 11, 15, 19]);
    }

    #[test]
    fn a_spread_is_even_ascending_and_never_more_than_asked_for() {
        for (total, limit) in
            [(0, 5), (5, 0), (5, 9), (9, 9), (1_000, 7), (1_000_000, 20_000), (40_000, 2_048)]
        {
            let mut spread = Spread::new(total, limit);
            let mut all = Vec::new();
            while let Some(next) = spread.next() {
                all.push(next);
                spread.advance();
            }
            assert!(all.windows(2).all(|w| w[0] < w[1]), "{total} {limit}");
            assert!(all.last().is_none_or(|last| *last < total));
            assert!(all.len() as u64 <= limit);
            assert!(all.len() as u64 + BLOCK > limit.min(total), "{total} {limit}: {}", all.len());
            let half = all.iter().filter(|n| **n < total / 2).count();
            assert!(all.len() < 100 || half.abs_diff(all.len() / 2) <= BLOCK as usize);
        }
    }
}
