//! From layers of typed settings to one resolved set, every value checked. Nothing has a side effect before this
//! has succeeded, and all that is wrong is said at once.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::choice::On;
use super::layers::{Layers, Rank};
use super::problems::Problems;
use super::settings::{Privacy, Settings, SourceKind, StreamKind, TableFormat, TransformKind, WarehouseKind};
use super::typed::Typed;
use super::{model, number, online, place, plan, score, topic, x};
use crate::error::Result;

/// What a setting is when nobody gives it.
pub mod defaults {
    pub const NAME: &str = "sentistack";
    pub const ROOT: &str = "./sentistack-data";
    /// The bucket of the stack, whose name is known only when the account is.
    pub const STACK_ROOT: &str = "s3://";
    pub const WINDOW_SECONDS: u32 = 900;
    pub const LANG: &str = "en";
    pub const SEED: u64 = 42;
    pub const MODEL: &str = "embedded";
    pub const COLLAPSE_RETWEETS: bool = true;
    pub const STRICT: bool = false;
    /// Share of lines, 0 to 1.
    pub const MAX_REJECTED: f64 = 0.01;
    /// Posts of a window that x-search reads, since each of them is paid for.
    pub const X_MAX_PER_WINDOW: u64 = 100;
    /// US dollars, for a source that is paid for.
    pub const PAID_MAX_COST: f64 = 5.0;
}

/// The settings of a run, and those that are of this machine and account rather than of the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    pub settings: Settings,
    /// Name of the stack.
    pub name: String,
    /// The only account that may be used.
    pub allow_account: Option<String>,
    /// A folder, or `s3://bucket/prefix`, or [`defaults::STACK_ROOT`].
    pub root: String,
    /// Which preset stood behind stream, transform and warehouse.
    pub on: On,
}

/// What the rules look at.
pub(super) struct Case<'a> {
    pub layers: &'a Layers,
    pub typed: Typed,
    pub now: Timestamp,
    ranks: BTreeMap<&'static str, Rank>,
}

impl<'a> Case<'a> {
    pub fn new(layers: &'a Layers, now: Timestamp) -> Self {
        let keys = [
            "source",
            "input",
            "start",
            "end",
            "duration",
            "on",
            "root",
            "stream",
            "transform",
            "warehouse",
            "score.on",
        ];
        let ranks = keys.into_iter().filter_map(|key| Some((key, layers.rank(key)?))).collect();
        Self { layers, typed: layers.merged(), now, ranks }
    }

    /// The layer that one of the settings that depend on each other comes from.
    pub fn rank(&self, key: &str) -> Option<Rank> {
        self.ranks.get(key).copied()
    }

    /// The setting as it was given.
    pub fn subject(&self, key: &str) -> String {
        self.layers.subject(key)
    }
}

/// Puts the layers together, fills in defaults, checks everything. `now` is what relative times start from.
///
/// # Errors
/// Of kind `Config`: the first problem as message and hint, every other one as a cause.
pub fn resolve(layers: &Layers, now: Timestamp) -> Result<Resolved> {
    let case = Case::new(layers, now);
    let mut problems = Problems::default();
    let p = &mut problems;
    let typed = &case.typed;

    let (source, input) = source(&case, p);
    let query = typed.query.as_deref().map(str::trim).filter(|query| !query.is_empty()).map(str::to_owned);
    if source.is_paid() && query.is_none() {
        p.add(
            format!("{source} needs a query"),
            "say what to search for: --query '\"united airlines\" -is:retweet'",
        );
    }
    let window_seconds = plan::window(&case, p);
    let span = plan::span(&case, source, window_seconds, p);
    let (stream, transform, warehouse) = backends(&case);
    let bluesky = online::bluesky(&case, p);
    let model = model::model(&case, p);
    let endpoint = online::endpoint(&case, model == "endpoint", p);
    let x = x::resolve(&case, p);
    let lang = number::lang(&case, p);
    number::query_chars(&case, source, query.as_deref(), &lang, p);
    let score = score::resolve(&case, stream, &model, p);
    let settings = Settings {
        topic: topic::topic(&case, source, query.as_deref(), &input, p),
        source,
        query,
        input,
        start: span.start,
        end: span.end,
        window_seconds,
        max_per_window: number::max_per_window(&case, source, p),
        lang,
        limit: number::limit(&case, p),
        seed: typed.seed.unwrap_or(defaults::SEED),
        model,
        collapse_retweets: typed.collapse_retweets.unwrap_or(defaults::COLLAPSE_RETWEETS),
        privacy: typed.privacy.unwrap_or(Privacy::Pseudonym),
        stream,
        transform,
        warehouse,
        table_format: typed.table_format.unwrap_or(TableFormat::Parquet),
        strict: typed.strict.unwrap_or(defaults::STRICT),
        max_rejected: number::max_rejected(&case, p),
        max_cost: number::max_cost(&case, p).or(source.is_paid().then_some(defaults::PAID_MAX_COST)),
        bluesky: (source == SourceKind::Bluesky).then_some(bluesky),
        endpoint,
        x: source.is_paid().then_some(x),
        score,
    };
    let name = place::name(&case, p);
    let allow_account = place::allow_account(&case, p);
    let in_bucket = home_of_transform(transform) == On::Aws || home_of_warehouse(warehouse) == Some(On::Aws);
    let root = place::root(&case, in_bucket, p);
    problems.into_result()?;
    Ok(Resolved { settings, name, allow_account, root, on: case.typed.on.unwrap_or_default() })
}

/// The source and what it reads. Where `source` and `input` disagree, the higher layer wins; in one layer it is
/// a mistake.
fn source(case: &Case<'_>, problems: &mut Problems) -> (SourceKind, Vec<String>) {
    let input = case.typed.input.clone().unwrap_or_default();
    if input.iter().any(|path| path.trim().is_empty()) {
        problems.add(format!("{} names an empty path", case.subject("input")), "remove it, or name a file");
    }
    let given = case.typed.source;
    if input.is_empty() {
        if given == Some(SourceKind::Replay) {
            problems.add(
                format!("{} needs input", case.subject("source")),
                "name the files, folders or globs to read: --input posts.jsonl (- is the standard input)",
            );
        }
        return (given.unwrap_or(SourceKind::Sample), input);
    }
    match given {
        None | Some(SourceKind::Replay) => (SourceKind::Replay, input),
        Some(source) => match case.rank("input").cmp(&case.rank("source")) {
            std::cmp::Ordering::Greater => (SourceKind::Replay, input),
            std::cmp::Ordering::Less => (source, Vec::new()),
            std::cmp::Ordering::Equal => {
                problems.add(
                    format!(
                        "{} does not go with {}: only replay reads input",
                        case.subject("input"),
                        case.subject("source")
                    ),
                    "remove one of the two, or say source replay",
                );
                (source, input)
            }
        },
    }
}

/// `on` is a preset. A backend that is set by itself wins over it, unless it is from a lower layer and of the
/// other place: `--on aws` takes `transform: emr-serverless` from the file, but not `transform: embedded`.
fn backends(case: &Case<'_>) -> (StreamKind, TransformKind, WarehouseKind) {
    let on = case.typed.on;
    let keeps = |key: &str, of: Option<On>| match (on, of) {
        (None, _) | (_, None) => true,
        (Some(on), Some(of)) => on == of || case.rank(key) >= case.rank("on"),
    };
    let stream = case.typed.stream.filter(|stream| keeps("stream", Some(home_of_stream(*stream))));
    let transform = case.typed.transform.filter(|kind| keeps("transform", Some(home_of_transform(*kind))));
    let warehouse = case.typed.warehouse.filter(|kind| keeps("warehouse", home_of_warehouse(*kind)));
    let preset = match on.unwrap_or_default() {
        On::Local => (StreamKind::Memory, TransformKind::Embedded, WarehouseKind::Sqlite),
        On::Aws => (StreamKind::Kinesis, TransformKind::Emr, WarehouseKind::Redshift),
    };
    (stream.unwrap_or(preset.0), transform.unwrap_or(preset.1), warehouse.unwrap_or(preset.2))
}

fn home_of_stream(stream: StreamKind) -> On {
    match stream {
        StreamKind::Memory => On::Local,
        StreamKind::Kinesis => On::Aws,
    }
}

fn home_of_transform(transform: TransformKind) -> On {
    match transform {
        TransformKind::Embedded => On::Local,
        TransformKind::Emr | TransformKind::EmrServerless => On::Aws,
    }
}

/// `none` is at home in both.
fn home_of_warehouse(warehouse: WarehouseKind) -> Option<On> {
    match warehouse {
        WarehouseKind::Sqlite => Some(On::Local),
        WarehouseKind::Redshift | WarehouseKind::RedshiftServerless => Some(On::Aws),
        WarehouseKind::None => None,
    }
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
