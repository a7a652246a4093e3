//! With a run named, settings come from its manifest. A flag that says otherwise would make half a run of one
//! kind and half of another, so it is refused; one that says the same is fine.

use std::fmt::Display;

use jiff::Timestamp;

use super::choice::On;
use super::duration::{self, format_seconds};
use super::layers;
use super::settings::{Settings, StreamKind, TransformKind, WarehouseKind};
use super::typed::Typed;
use super::{env, model, moment, number};
use crate::error::{Error, Result};
use crate::id::topic_slug;

/// Flags that contradict what `manifest` recorded, each with the value given and the one recorded.
///
/// `name`, `allow_account` and `root` are not of the run, and are passed over.
pub fn conflicts(manifest: &Settings, flags: &Typed) -> Vec<String> {
    let mut found = Conflicts { given: flags.given(), out: Vec::new() };
    about_posts(manifest, flags, &mut found);
    about_time(manifest, flags, &mut found);
    about_work(manifest, flags, &mut found);
    found.out
}

/// As [`conflicts`], as an error of kind `Usage`.
pub fn refuse_conflicts(manifest: &Settings, flags: &Typed) -> Result<()> {
    let mut found = conflicts(manifest, flags).into_iter();
    let Some(first) = found.next() else { return Ok(()) };
    let error =
        Error::usage(first).hint("leave the flag out to go on with the run as it is, or start a new run");
    Err(found.fold(error, |error, more| error.because(format!("also: {more}"))))
}

struct Conflicts {
    given: serde_json::Map<String, serde_json::Value>,
    out: Vec<String>,
}

impl Conflicts {
    fn add(&mut self, key: &str, recorded: impl Display) {
        let mut path = key.split('.');
        let top = path.next().and_then(|first| self.given.get(first));
        let given = path.fold(top, |value, key| value?.get(key)).map(env::written).unwrap_or_default();
        let flag = layers::flag(key, &given);
        self.out.push(format!("{flag} contradicts the run, which recorded {recorded}"));
    }

    /// A flag that is missing or equal is fine.
    fn plain<T: PartialEq + Display>(&mut self, key: &str, given: Option<T>, recorded: &T) {
        if given.is_some_and(|given| given != *recorded) {
            self.add(key, recorded);
        }
    }

    fn optional<T: PartialEq + Display>(&mut self, key: &str, given: Option<T>, recorded: Option<&T>) {
        if given.is_some() && given.as_ref() != recorded {
            match recorded {
                Some(recorded) => self.add(key, recorded),
                None => self.add(key, "none"),
            }
        }
    }

    fn list(&mut self, key: &str, given: Option<&[String]>, recorded: &[String], none: &str) {
        if given.is_some_and(|given| given != recorded) {
            match recorded {
                [] => self.add(key, none),
                some => self.add(key, some.join(", ")),
            }
        }
    }
}

fn about_posts(manifest: &Settings, flags: &Typed, found: &mut Conflicts) {
    found.plain("topic", flags.topic.as_deref().map(topic_slug), &manifest.topic);
    found.plain("source", flags.source, &manifest.source);
    let query = flags.query.as_deref().map(|query| query.trim().to_owned());
    found.optional("query", query, manifest.query.as_ref());
    found.list("input", flags.input.as_deref(), &manifest.input, "none");
    if let Some(given) = &flags.lang {
        match number::parse_lang(given) {
            Ok(tags) => found.list("lang", Some(&tags), &manifest.lang, "all"),
            Err(_) => found.list("lang", Some(given), &manifest.lang, "all"),
        }
    }
    found.optional("max_per_window", flags.max_per_window, manifest.max_per_window.as_ref());
    found.optional("limit", flags.limit, manifest.limit.as_ref());
    found.plain("seed", flags.seed, &manifest.seed);
    found.plain("collapse_retweets", flags.collapse_retweets, &manifest.collapse_retweets);
    found.plain("privacy", flags.privacy, &manifest.privacy);
}

fn about_time(manifest: &Settings, flags: &Typed, found: &mut Conflicts) {
    let seconds = |text: &str| duration::parse(text).ok().map(|d| d.as_secs());
    if let Some(text) = &flags.window
        && seconds(text) != Some(manifest.window_seconds.into())
    {
        found.add("window", format_seconds(manifest.window_seconds.into()));
    }
    for (key, text, recorded) in [("start", &flags.start, manifest.start), ("end", &flags.end, manifest.end)]
    {
        let Some(text) = text else { continue };
        // A relative time means another moment now than it meant then, so it never says the same.
        let given = moment::parse(text, Timestamp::UNIX_EPOCH).ok().filter(|m| !m.relative).map(|m| m.at);
        if given.is_none() || given != recorded {
            match recorded {
                Some(at) => found.add(key, at),
                None => found.add(key, "none"),
            }
        }
    }
    if let Some(text) = &flags.duration {
        let recorded = match (manifest.start, manifest.end) {
            (Some(start), Some(end)) => u64::try_from(end.duration_since(start).as_secs()).ok(),
            _ => None,
        };
        if recorded.is_none() || seconds(text) != recorded {
            found.add("duration", recorded.map_or_else(|| "none".to_owned(), format_seconds));
        }
    }
}

fn about_work(manifest: &Settings, flags: &Typed, found: &mut Conflicts) {
    let model = flags.model.as_deref().map(|name| model::canonical(name).to_owned());
    found.plain("model", model, &manifest.model);
    if let Some(on) = flags.on {
        // A preset agrees with backends that could have come from it, or from a flag beside it.
        let (stream, transform, warehouse) = (manifest.stream, manifest.transform, manifest.warehouse);
        let agrees = match on {
            On::Local => {
                (flags.stream.is_some() || stream == StreamKind::Memory)
                    && (flags.transform.is_some() || transform == TransformKind::Embedded)
                    && (flags.warehouse.is_some()
                        || matches!(warehouse, WarehouseKind::Sqlite | WarehouseKind::None))
            }
            On::Aws => {
                (flags.stream.is_some() || stream == StreamKind::Kinesis)
                    && (flags.transform.is_some() || transform != TransformKind::Embedded)
                    && (flags.warehouse.is_some() || warehouse != WarehouseKind::Sqlite)
            }
        };
        if !agrees {
            found.add("on", format!("stream {stream}, transform {transform}, warehouse {warehouse}"));
        }
    }
    let score_on = flags.score.as_ref().and_then(|score| score.on);
    found.plain("score.on", score_on, &manifest.score.as_ref().map(|score| score.on).unwrap_or_default());
    found.plain("stream", flags.stream, &manifest.stream);
    found.plain("transform", flags.transform, &manifest.transform);
    found.plain("warehouse", flags.warehouse, &manifest.warehouse);
    found.plain("table_format", flags.table_format, &manifest.table_format);
    found.plain("strict", flags.strict, &manifest.strict);
    if let Some(text) = &flags.max_rejected
        && number::parse_share(text) != Some(manifest.max_rejected)
    {
        found.add("max_rejected", manifest.max_rejected);
    }
    found.optional("max_cost", flags.max_cost, manifest.max_cost.as_ref());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{File, Layers, resolve};

    const RECORDED: &str = "{input: [a.jsonl], query: q, start: 2015-02-17, duration: 4d, window: 15m, lang: [en], \
                            limit: 10, max_rejected: 1%, model: vader, warehouse: none}";

    fn typed(yaml: &str) -> Typed {
        File::parse("flags", yaml).unwrap().typed
    }

    fn recorded() -> Settings {
        resolve(&Layers::of_flags(typed(RECORDED)), Timestamp::UNIX_EPOCH).unwrap().settings
    }

    #[test]
    fn flags_that_say_what_was_recorded_are_fine() {
        for yaml in [
            "",
            RECORDED,
            "{window: 15T, lang: EN, start: '2015-02-17T01:00:00+01:00', end: 2015-02-21, duration: 96h}",
            "{topic: Q, source: replay, seed: 42, model: VADER, max_rejected: 0.01, on: local, strict: false}",
            "{name: other, root: elsewhere, allow_account: 123456789012}",
        ] {
            assert_eq!(conflicts(&recorded(), &typed(yaml)), Vec::<String>::new(), "{yaml}");
        }
    }

    #[test]
    fn a_flag_that_says_otherwise_is_named_with_both_values() {
        for (yaml, message) in [
            ("window: 1h", "--window 1h contradicts the run, which recorded 15m"),
            ("window: bad", "--window bad contradicts the run, which recorded 15m"),
            ("topic: other", "--topic other contradicts the run, which recorded q"),
            ("source: sample", "--source sample contradicts the run, which recorded replay"),
            (
                "input: [a.jsonl, b.jsonl]",
                "--input a.jsonl,b.jsonl contradicts the run, which recorded a.jsonl",
            ),
            ("lang: all", "--lang all contradicts the run, which recorded en"),
            ("limit: 11", "--limit 11 contradicts the run, which recorded 10"),
            ("max_per_window: 5", "--max-per-window 5 contradicts the run, which recorded none"),
            ("start: -3d", "--start -3d contradicts the run, which recorded 2015-02-17T00:00:00Z"),
            ("duration: 1d", "--duration 1d contradicts the run, which recorded 4d"),
            ("model: embedded", "--model embedded contradicts the run, which recorded vader"),
            ("strict: true", "--strict contradicts the run, which recorded false"),
            ("max_rejected: 2%", "--max-rejected 2% contradicts the run, which recorded 0.01"),
            ("max_cost: 1", "--max-cost 1.0 contradicts the run, which recorded none"),
            (
                "on: aws",
                "--on aws contradicts the run, which recorded stream memory, transform embedded, warehouse none",
            ),
            ("score: {on: lambda}", "--score-on lambda contradicts the run, which recorded here"),
            ("warehouse: sqlite", "--warehouse sqlite contradicts the run, which recorded none"),
        ] {
            assert_eq!(conflicts(&recorded(), &typed(yaml)), [message], "{yaml}");
        }
    }

    #[test]
    fn all_conflicts_make_one_error() {
        assert_eq!(refuse_conflicts(&recorded(), &Typed::default()), Ok(()));
        let error = refuse_conflicts(&recorded(), &typed("{seed: 1, limit: 1, window: 1h}")).unwrap_err();
        assert_eq!(error.kind, crate::error::ErrorKind::Usage);
        assert_eq!(error.causes.len(), 2);
        assert!(error.hint.is_some());
    }
}
