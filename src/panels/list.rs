//! Which panels and filters there are.

use crate::assets::{PANELS, Statement, VARIABLES};

/// What a panel's rows are, so what it can be drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One row, one column: a fraction of 1, or null where nothing was scored.
    Gauge,
    /// One row, one column: a count.
    Number,
    /// One row: a column for each part of the ring.
    Ring,
    /// A count for each `time`.
    Bars,
    /// Numbers for each `time`; null where nothing was scored.
    Lines,
    /// Fractions for each `time`, each with its `…_low` and `…_high`.
    Band,
    /// Rows to read.
    Table,
    /// `time`, `tags`, `text`: marks on the pictures over time.
    Marks,
}

/// One picture: its query, and what it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panel {
    /// As its file is called: `share_positive`.
    pub name: &'static str,
    pub title: &'static str,
    /// What a reader should know of it: one sentence or two.
    pub description: &'static str,
    pub kind: Kind,
    /// The query with its macros and variables, as its file has it. See [`super::expand`].
    pub sql: &'static str,
}

impl Panel {
    /// Of a panel that shows the scored tweets whose label has the highest probability: how many.
    pub fn surest(&self) -> Option<usize> {
        (self.name == "telling").then_some(100)
    }
}

/// One filter, and the query for what there is to choose from, the default first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// As panels name it: `${topic:sqlstring}`.
    pub name: &'static str,
    pub label: &'static str,
    /// One column `value`, with macros and the variables before it in the list. `None`: the choices are fixed.
    pub sql: Option<&'static str>,
    /// The fixed choices.
    pub fixed: &'static [&'static str],
    /// Whether everything, or several, may be chosen. Where not, adding them up would count posts twice.
    pub many: bool,
}

/// The text of a file. While compiling: a name without a file does not compile.
const fn sql(files: &[Statement], name: &str) -> &'static str {
    let mut at = 0;
    while at < files.len() {
        if same(files[at].name.as_bytes(), name.as_bytes()) {
            return files[at].text;
        }
        at += 1;
    }
    panic!("a panel or variable without a file")
}

const fn same(left: &[u8], right: &[u8]) -> bool {
    let mut at = 0;
    while at < left.len() && at < right.len() && left[at] == right[at] {
        at += 1;
    }
    at == left.len() && at == right.len()
}

macro_rules! panels {
    ($($name:literal $kind:ident $title:literal: $description:literal,)*) => {
        &[$(Panel { name: $name, title: $title, description: $description, kind: Kind::$kind,
            sql: const { sql(PANELS, $name) } },)*]
    };
}

const ALL: &[Panel] = panels![
    "share_positive" Gauge "Positive":
        "Share of the scored tweets that are positive.",
    "share_negative" Gauge "Negative":
        "Share of the scored tweets that are negative.",
    "share_neutral" Gauge "Neutral":
        "Share of the scored tweets that are neutral.",
    "share_mixed" Gauge "Mixed":
        "Share of the scored tweets that are mixed.",
    "total" Number "Tweets":
        "All tweets, scored or not.",
    "tweets_by_window" Bars "Tweets per window":
        "Tweets in each window, scored or not.",
    "average_scores" Ring "Average scores":
        "Average of each score over all scored tweets, from sums.",
    "timeline" Lines "Sentiment over time":
        "Average of each score in each window.",
    "share_over_time" Band "Share of labels over time":
        "Share of each label in each window, with its 95 % interval (Wilson's). It is that of a sample of this size, and \
         knows nothing of the model's errors.",
    "telling" Table "Most telling tweets":
        "The tweets whose label the model is surest of.",
    "windows" Table "Windows that are not complete":
        "Windows that do not hold all that there was: capped, partial or empty.",
    "marks" Marks "Capped, partial and empty windows":
        "Windows that do not hold all that there was.",
    "sources" Table "Sources side by side":
        "Tweets of each source, live beside batch, and the share of each label among the scored ones.",
    "models" Table "Models side by side":
        "Each model's shares and average scores over the same windows, whichever model is chosen.",
    "langs" Table "Languages":
        "Tweets of each language as the source states it, by quarters of an hour, and the share of each label among the \
         scored ones.",
    "window_tweets" Table "Tweets of the window":
        "Tweets in the time range, its end left out, the oldest first.",
    "runs" Table "Runs":
        "Runs with windows in the time range, and what their stages took: seconds, and estimated dollars beside those of \
         the stack's hours. A window that a later run loaded again is that run's.",
    "run_stages" Table "Stages":
        "What each stage of these runs took: seconds over all attempts that ended, and estimated dollars beside those of \
         the stack's hours.",
];

const FILTERS: &[Variable] = &[
    query("topic", "Topic", true),
    query("source", "Source", true),
    query("model", "Model", false),
    query("run", "Run", true),
    query("window", "Window (s)", false),
    query("lang", "Language", true),
    Variable {
        name: "label",
        label: "Label",
        sql: None,
        fixed: &["positive", "negative", "neutral", "mixed", "unscored"],
        many: true,
    },
];

const fn query(name: &'static str, label: &'static str, many: bool) -> Variable {
    Variable { name, label, sql: Some(sql(VARIABLES, name)), fixed: &[], many }
}

/// Every panel.
pub fn all() -> &'static [Panel] {
    ALL
}

/// The panel of that name.
pub fn panel(name: &str) -> Option<&'static Panel> {
    ALL.iter().find(|panel| panel.name == name)
}

/// Every filter, in the order in which one narrows what the next has to choose from.
pub fn variables() -> &'static [Variable] {
    FILTERS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_panel_or_a_filter() {
        let mut names: Vec<&str> = ALL.iter().map(|panel| panel.name).collect();
        names.sort_unstable();
        let files: Vec<&str> = PANELS.iter().map(|file| file.name).collect();
        assert_eq!(names, files);
        let mut names: Vec<&str> = FILTERS.iter().filter(|f| f.sql.is_some()).map(|f| f.name).collect();
        names.sort_unstable();
        let files: Vec<&str> = VARIABLES.iter().map(|file| file.name).collect();
        assert_eq!(names, files);
    }

    #[test]
    fn a_panel_of_the_surest_tweets_orders_by_it_and_ends_there() {
        let mut found = ALL.iter().filter_map(|panel| Some((panel, panel.surest()?)));
        let (panel, rows) = found.next().unwrap();
        let end = format!("ORDER BY probability DESC, created_at DESC, tweet_id ASC\nLIMIT {rows}");
        assert!(panel.sql.trim_end().ends_with(&end) && panel.sql.contains("label IS NOT NULL"));
        assert!(found.next().is_none());
    }

    /// What Redshift, PostgreSQL and SQLite do not say alike, and averages of averages.
    #[test]
    fn the_common_subset_is_kept() {
        for file in PANELS.iter().chain(VARIABLES) {
            let code: Vec<&str> = file.text.lines().filter(|line| !line.starts_with("--")).collect();
            let code = code.join("\n").to_lowercase();
            let foreign = [
                "::", "extract", "interval", "avg", "perc_", "now(", "date_", "datediff", "ilike", "over (",
                "1.0",
            ];
            for word in foreign {
                assert!(!code.contains(word), "{}: {word}", file.name);
            }
            assert!(
                !code.contains(';') && code.starts_with("select") || code.starts_with("with"),
                "{}",
                file.name
            );
        }
    }

    /// A filter is written in one way only, so that what is true of one panel is true of all.
    #[test]
    fn filters_are_written_in_one_way() {
        let written = [
            ("topic", "topic"),
            ("source", "source"),
            ("model", "model"),
            ("run", "run_id"),
            ("window", "CAST(window_seconds AS VARCHAR(16))"),
            ("lang", "COALESCE(lang, 'none')"),
            ("label", "COALESCE(label, 'unscored')"),
        ];
        for file in PANELS.iter().chain(VARIABLES) {
            let mut rest = file.text.to_owned();
            for (name, column) in written {
                let name = format!("${{{name}:sqlstring}}");
                let filter = format!("('*' IN ({name}) OR {column} IN ({name}))");
                rest = rest.replacen(&filter, "", 1);
            }
            assert!(!rest.contains("${"), "{}: {rest}", file.name);
        }
    }
}
