//! The columns of both tables, in order: the data contract as data. What file they end up in is not known here.

use crate::limits::width;

/// How a column's values are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// UTF-8, at most so many bytes wide in a warehouse.
    Text {
        width: usize,
        repeats: bool,
    },
    /// Microseconds since the Unix epoch, UTC.
    Timestamp,
    Double,
    Long,
    Int,
    Bool,
}

/// One column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub name: &'static str,
    pub kind: Kind,
    pub nullable: bool,
}

/// A table: its name (also that of its folder) and its columns.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub name: &'static str,
    pub columns: &'static [Column],
}

impl Table {
    /// Where the column `name` is.
    #[cfg(test)]
    pub fn index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

const fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, nullable: false }
}

const fn nullable(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, nullable: true }
}

/// Text whose values repeat so often that a dictionary pays.
const fn repeated(width: usize) -> Kind {
    Kind::Text { width, repeats: true }
}

/// Text whose values are mostly different.
const fn distinct(width: usize) -> Kind {
    Kind::Text { width, repeats: false }
}

/// Bytes of the columns that hold one of a few words.
const STATUS_WIDTH: usize = 16;
const LABEL_WIDTH: usize = 8;

/// One row for each post.
pub(super) static TWEET: Table = Table {
    name: "tweet",
    columns: &[
        column("topic", repeated(width::TOPIC)),
        column("source", repeated(width::TOPIC)),
        column("model", repeated(width::TOPIC)),
        column("run_id", repeated(width::TOPIC)),
        column("tweet_id", distinct(width::TWEET_ID)),
        column("created_at", Kind::Timestamp),
        nullable("author_id", distinct(width::AUTHOR_ID)),
        nullable("username", distinct(width::NAME)),
        nullable("name", distinct(width::NAME)),
        nullable("location", repeated(width::NAME)),
        nullable("verified", Kind::Bool),
        nullable("lang", repeated(width::LANG)),
        nullable("referenced_tweet_id", distinct(width::TWEET_ID)),
        nullable("referenced_type", repeated(STATUS_WIDTH)),
        nullable("post_url", distinct(width::POST_URL)),
        column("text", distinct(width::TEXT)),
        column("text_truncated", Kind::Bool),
        nullable("label", repeated(LABEL_WIDTH)),
        nullable("positive", Kind::Double),
        nullable("negative", Kind::Double),
        nullable("neutral", Kind::Double),
        nullable("mixed", Kind::Double),
    ],
};

/// One row for each window.
pub(super) static SENTIMENT: Table = Table {
    name: "sentiment",
    columns: &[
        column("topic", repeated(width::TOPIC)),
        column("source", repeated(width::TOPIC)),
        column("model", repeated(width::TOPIC)),
        column("run_id", repeated(width::TOPIC)),
        column("window_time", Kind::Timestamp),
        column("window_seconds", Kind::Int),
        column("status", repeated(STATUS_WIDTH)),
        column("count_tweets", Kind::Long),
        column("unscored", Kind::Long),
        column("collapsed", Kind::Long),
        nullable("count_available", Kind::Long),
        column("count_positive", Kind::Long),
        column("count_negative", Kind::Long),
        column("count_neutral", Kind::Long),
        column("count_mixed", Kind::Long),
        column("sum_positive", Kind::Double),
        column("sum_negative", Kind::Double),
        column("sum_neutral", Kind::Double),
        column("sum_mixed", Kind::Double),
        nullable("avg_positive", Kind::Double),
        nullable("avg_negative", Kind::Double),
        nullable("avg_neutral", Kind::Double),
        nullable("avg_mixed", Kind::Double),
        nullable("perc_tweet_positive", Kind::Double),
        nullable("perc_tweet_negative", Kind::Double),
        nullable("perc_tweet_neutral", Kind::Double),
        nullable("perc_tweet_mixed", Kind::Double),
        nullable("fetched_at", Kind::Timestamp),
    ],
};

#[cfg(all(test, feature = "stack"))]
mod tests {
    use super::*;

    /// What Glue calls it; Athena finds a column of another type unreadable.
    fn glue(kind: Kind) -> &'static str {
        match kind {
            Kind::Text { .. } => "string",
            Kind::Timestamp => "timestamp",
            Kind::Double => "double",
            Kind::Long => "bigint",
            Kind::Int => "int",
            Kind::Bool => "boolean",
        }
    }

    #[test]
    fn the_tables_that_athena_reads_have_these_columns_in_this_order_and_no_partition_is_called_like_one() {
        let template = crate::assets::TEMPLATES.iter().find(|template| template.name() == "athena").unwrap();
        for table in [&TWEET, &SENTIMENT] {
            let start = template.text.find(&format!("\n        Name: {}\n", table.name)).unwrap();
            let of = |section: &str| -> Vec<(&str, &str)> {
                let (_, rest) = template.text[start..].split_once(&format!(" {section}:\n")).unwrap();
                rest.lines()
                    .map_while(|line| line.trim().strip_prefix("- { Name: ")?.strip_suffix(" }"))
                    .map(|line| line.split_once(", Type: ").unwrap())
                    .collect()
            };
            let wanted: Vec<_> =
                table.columns.iter().map(|column| (column.name, glue(column.kind))).collect();
            assert_eq!(of("Columns"), wanted, "{}", table.name);
            let keys = of("PartitionKeys");
            assert_eq!(keys, [("run", "string"), ("scored_by", "string"), ("dt", "string")]);
            assert!(keys.iter().all(|(key, _)| wanted.iter().all(|(column, _)| column != key)));
            // A template of another shape than the keys would find nothing, and say nothing.
            let layout = crate::layout::RunLayout::new("RUN").table("MODEL", table.name);
            let place = layout.replace("RUN", "${!run}").replace("MODEL", "${!scored_by}");
            let projected = format!("s3://${{Bucket}}/{place}/dt=${{!dt}}/");
            assert!(template.text[start..].contains(&projected), "{projected}");
        }
    }

    /// The tables in Redshift have the columns, types and widths of these, in order: COPY goes by position.
    #[test]
    fn redshift_has_the_same_columns() {
        let text = |name: String| {
            let found = crate::assets::STATEMENTS.iter().find(|statement| statement.name == name);
            found.unwrap_or_else(|| panic!("no redshift/{name}.sql")).text
        };
        for table in [&TWEET, &SENTIMENT] {
            let columns = table.columns.iter().map(|column| {
                let kind = match column.kind {
                    Kind::Text { width, .. } => format!("VARCHAR({width})"),
                    Kind::Timestamp => "TIMESTAMP".to_owned(),
                    Kind::Double => "DOUBLE PRECISION".to_owned(),
                    Kind::Long => "BIGINT".to_owned(),
                    Kind::Int => "INTEGER".to_owned(),
                    Kind::Bool => "BOOLEAN".to_owned(),
                };
                format!("    {} {kind}{}", column.name, if column.nullable { "" } else { " NOT NULL" })
            });
            let body = columns.collect::<Vec<_>>().join(",\n");
            let created = text(format!("create-{}", table.name));
            assert!(
                created.contains(&format!("CREATE TABLE IF NOT EXISTS {} (\n{body}\n)\n", table.name)),
                "redshift/create-{}.sql is not\n{body}",
                table.name
            );
            let names: Vec<_> = table.columns.iter().map(|column| column.name).collect();
            let inserted = text(format!("insert-{}", table.name));
            for (before, indent, after) in [
                ("(\n    ", 4, "\n)\n"),
                ("\nSELECT\n    ", 4, "\nFROM"),
                ("(\n    SELECT\n        ", 8, ",\n"),
            ] {
                let list = names.join(&format!(",\n{}", " ".repeat(indent)));
                assert!(
                    inserted.contains(&format!("{before}{list}{after}")),
                    "redshift/insert-{}.sql",
                    table.name
                );
            }
            // In CSV an empty field is null; of text, only where the column may be.
            for column in table.columns.iter().filter(|_| table.name == "tweet") {
                let nulled = text("empty-to-null-tweet".to_owned())
                    .contains(&format!(" {0} = NULLIF({0}, '')", column.name));
                assert_eq!(
                    nulled,
                    column.nullable && matches!(column.kind, Kind::Text { .. }),
                    "{}",
                    column.name
                );
            }
        }
    }
}
