//! Settings as they are typed: in `app.yaml`, in the environment, on the command line. Every one may be missing,
//! and nothing is checked beyond its shape; `resolve` does that. The doc comments are the descriptions of the
//! JSON Schema that editors read.

use schemars::{JsonSchema, Schema, json_schema};
use serde::{Deserialize, Serialize};

use super::choice::On;
use super::lenient;
use super::online::{BlueskyTyped, EndpointTyped};
use super::score::ScoreTyped;
use super::serve::ServeTyped;
use super::settings::{Privacy, SourceKind, StreamKind, TableFormat, TransformKind, WarehouseKind};
use super::stack::typed::{LiveTyped, StackTyped};
use super::x::XTyped;

/// Settings of sentistack (`app.yaml`). Every one is optional. A flag wins over the environment
/// (`SENTISTACK_` and the name in capitals), which wins over this file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    /// Name of the stack on AWS; its bucket is `<name>-<account>-<region>`. Default: sentistack.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,

    /// The AWS region. Default: as AWS's own environment and profile say, else us-east-1.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,

    /// The profile of ~/.aws whose credentials are used. Default: AWS's own default.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,

    /// The only AWS account (12 digits) that may be used; any other is refused. Default: any.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "account_schema")]
    pub allow_account: Option<String>,

    /// Where runs are kept: a folder, or s3://bucket/prefix. Default: ./sentistack-data.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,

    /// What the run is about: lower-case letters, digits and dashes, 64 at most. It is part of the key of every
    /// row in the tables. Default: made from the query, else from the name of the first input.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,

    /// Where posts come from. Default: replay when `input` is given, else sample.
    #[serde(default, deserialize_with = "lenient::choice", skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceKind>,

    /// What to search for, in the language of the source.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,

    /// What replay reads: files, folders or globs; `-` is the standard input.
    #[serde(default, deserialize_with = "lenient::list", skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "list_schema")]
    pub input: Option<Vec<String>>,

    /// The first moment that counts: 2015-02-17, 2015-02-17T10:00 (UTC), RFC 3339, now, or -3d.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,

    /// The first moment that no longer counts, written like `start`.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,

    /// How long from `start`, or up to `end`: 4d, 90m. Instead of the other one of the two.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,

    /// Length of a window: 15m, 1h, 1d (pandas' 15T works too). It divides a day, or is whole days. Default: 15m.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,

    /// Posts kept of a window at most. Default: no cap; 100 for x-search, which takes no less than 10.
    #[serde(default, deserialize_with = "lenient::count", skip_serializing_if = "Option::is_none")]
    pub max_per_window: Option<u64>,

    /// Languages that are scored, as BCP 47 tags: en, [en, de], or all. Posts in others are kept and counted.
    /// Default: en.
    #[serde(default, deserialize_with = "lenient::list", skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "list_schema")]
    pub lang: Option<Vec<String>>,

    /// Posts read at most. Default: no limit; the sample makes 33,000.
    #[serde(default, deserialize_with = "lenient::count", skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,

    /// What the sample's randomness starts from: the same seed makes the same posts. Default: 42.
    #[serde(default, deserialize_with = "lenient::count", skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,

    /// What scores the posts: embedded, vader, comprehend, endpoint, or the path of a model file.
    /// Default: embedded.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,

    /// Whether repeated retweets of one post inside a window count once. Default: true.
    #[serde(default, deserialize_with = "lenient::flag", skip_serializing_if = "Option::is_none")]
    pub collapse_retweets: Option<bool>,

    /// What is kept of the people who wrote the posts. Default: pseudonym.
    #[serde(default, deserialize_with = "lenient::choice", skip_serializing_if = "Option::is_none")]
    pub privacy: Option<Privacy>,

    /// Where the work is done: a preset over `stream`, `transform` and `warehouse`. Default: local.
    #[serde(default, deserialize_with = "lenient::choice", skip_serializing_if = "Option::is_none")]
    pub on: Option<On>,

    /// What carries packets from reading to scoring. Default: as `on` says.
    #[serde(default, deserialize_with = "lenient::choice", skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamKind>,

    /// What joins and aggregates. Default: as `on` says.
    #[serde(default, deserialize_with = "lenient::choice", skip_serializing_if = "Option::is_none")]
    pub transform: Option<TransformKind>,

    /// Where the tables are loaded for SQL and dashboards. Default: as `on` says.
    #[serde(default, deserialize_with = "lenient::choice", skip_serializing_if = "Option::is_none")]
    pub warehouse: Option<WarehouseKind>,

    /// Format of the table files. Default: parquet.
    #[serde(default, deserialize_with = "lenient::choice", skip_serializing_if = "Option::is_none")]
    pub table_format: Option<TableFormat>,

    /// Whether one line that cannot be read ends the run. Default: false, they are counted and kept aside.
    #[serde(default, deserialize_with = "lenient::flag", skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,

    /// Share of lines that may be rejected before the run ends with exit code 7: 1% or 0.01. Default: 1%.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "share_schema")]
    pub max_rejected: Option<String>,

    /// US dollars that a run may cost at most, and that a stack may over its time to live. Default: no limit for
    /// a run, 5 for one whose source is paid for; 10 for a stack.
    #[serde(default, deserialize_with = "lenient::number", skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "cost_schema")]
    pub max_cost: Option<f64>,

    /// What `stack up` provisions on AWS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<StackTyped>,

    /// The live path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<LiveTyped>,

    /// Where Bluesky's stream is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bluesky: Option<BlueskyTyped>,

    /// The HTTP service that scores posts for model endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<EndpointTyped>,

    /// Who scores a run's packets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<ScoreTyped>,

    /// The model endpoint that `sentistack serve` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serve: Option<ServeTyped>,

    /// How x-search and x-stream ask X.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<XTyped>,
}

impl Typed {
    /// These settings, and those of `below` where one is missing here.
    #[must_use]
    pub fn over(self, below: Self) -> Self {
        Self {
            name: self.name.or(below.name),
            region: self.region.or(below.region),
            profile: self.profile.or(below.profile),
            allow_account: self.allow_account.or(below.allow_account),
            root: self.root.or(below.root),
            topic: self.topic.or(below.topic),
            source: self.source.or(below.source),
            query: self.query.or(below.query),
            input: self.input.or(below.input),
            start: self.start.or(below.start),
            end: self.end.or(below.end),
            duration: self.duration.or(below.duration),
            window: self.window.or(below.window),
            max_per_window: self.max_per_window.or(below.max_per_window),
            lang: self.lang.or(below.lang),
            limit: self.limit.or(below.limit),
            seed: self.seed.or(below.seed),
            model: self.model.or(below.model),
            collapse_retweets: self.collapse_retweets.or(below.collapse_retweets),
            privacy: self.privacy.or(below.privacy),
            on: self.on.or(below.on),
            stream: self.stream.or(below.stream),
            transform: self.transform.or(below.transform),
            warehouse: self.warehouse.or(below.warehouse),
            table_format: self.table_format.or(below.table_format),
            strict: self.strict.or(below.strict),
            max_rejected: self.max_rejected.or(below.max_rejected),
            max_cost: self.max_cost.or(below.max_cost),
            stack: section(self.stack, below.stack, StackTyped::over),
            live: section(self.live, below.live, LiveTyped::over),
            bluesky: section(self.bluesky, below.bluesky, BlueskyTyped::over),
            endpoint: section(self.endpoint, below.endpoint, EndpointTyped::over),
            score: section(self.score, below.score, ScoreTyped::over),
            serve: section(self.serve, below.serve, ServeTyped::over),
            x: section(self.x, below.x, XTyped::over),
        }
    }

    /// The settings that are given, by key, as JSON.
    pub fn given(&self) -> serde_json::Map<String, serde_json::Value> {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(map)) => map,
            _ => serde_json::Map::new(),
        }
    }
}

/// A section in two layers, merged setting by setting.
fn section<S>(here: Option<S>, below: Option<S>, over: impl FnOnce(S, S) -> S) -> Option<S> {
    match (here, below) {
        (Some(here), Some(below)) => Some(over(here, below)),
        (here, below) => here.or(below),
    }
}

fn list_schema(_: &mut schemars::SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "array", "null"], "items": { "type": "string" } })
}

fn account_schema(_: &mut schemars::SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "integer", "null"], "pattern": "^[0-9]{12}$" })
}

fn share_schema(_: &mut schemars::SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "number", "null"], "minimum": 0, "maximum": 1 })
}

fn cost_schema(_: &mut schemars::SchemaGenerator) -> Schema {
    json_schema!({ "type": ["number", "null"], "minimum": 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_layer_wins_setting_by_setting() {
        let high = Typed { window: Some("1h".into()), ..Typed::default() };
        let low = Typed { window: Some("15m".into()), seed: Some(7), ..Typed::default() };
        let both = high.over(low);
        assert_eq!((both.window.as_deref(), both.seed), (Some("1h"), Some(7)));
    }

    #[test]
    fn only_what_is_given_is_listed() {
        let typed = Typed { strict: Some(false), on: Some(On::Aws), ..Typed::default() };
        assert_eq!(
            serde_json::Value::Object(typed.given()),
            serde_json::json!({"on": "aws", "strict": false})
        );
    }
}
