//! The sections `bluesky` and `endpoint`: services that are reached over the network. As typed, and resolved.

use schemars::{JsonSchema, Schema, json_schema};
use serde::{Deserialize, Serialize};

use super::lenient;
use super::problems::Problems;
use super::resolve::Case;
use super::secret::{self, SecretRef};
use super::section::section;
use super::{duration, url};
use crate::limits;

/// Jetstream's public instances, the usual one first.
pub const JETSTREAM: [&str; 4] = [
    "wss://jetstream2.us-east.bsky.network",
    "wss://jetstream1.us-east.bsky.network",
    "wss://jetstream2.us-west.bsky.network",
    "wss://jetstream1.us-west.bsky.network",
];

section! {
    /// Where Bluesky's stream is read.
    BlueskyTyped {
        /// An instance of Jetstream, or a list of them: the next one is used when one is down. wss, or ws on this
        /// machine. Default: the four public ones.
        #[schemars(schema_with = "list_schema")]
        url: Vec<String> = "lenient::list",
    }
}

section! {
    /// The HTTP service that scores posts for model endpoint.
    EndpointTyped {
        /// Where it is: https, or http on this machine.
        url: String = "lenient::text",
        /// Posts of one request, 1 to 1000. Default: 25.
        batch: u64 = "lenient::count",
        /// How long one request may take, 1s to 10m. Default: 30s.
        timeout: String = "lenient::text",
        /// Requests at the same time, 1 to 64. Default: 4.
        concurrency: u64 = "lenient::count",
        /// Where its token is: env:NAME or file:PATH, never the token itself. Default: no token is sent.
        token: String = "lenient::text",
    }
}

fn list_schema(_: &mut schemars::SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "array", "null"], "items": { "type": "string" } })
}

/// Where Bluesky's stream is read, resolved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BlueskySettings {
    pub url: Vec<String>,
}

impl Default for BlueskySettings {
    fn default() -> Self {
        Self { url: JETSTREAM.map(str::to_owned).to_vec() }
    }
}

/// The HTTP service that scores posts, resolved. Of the token it has the place alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndpointSettings {
    pub url: String,
    /// Posts of one request.
    pub batch: u32,
    /// Seconds that one request may take.
    pub timeout_seconds: u64,
    /// Requests at the same time.
    pub concurrency: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<SecretRef>,
}

/// What a setting is when nobody gives it.
pub mod defaults {
    pub const BATCH: u64 = 25;
    pub const TIMEOUT_SECONDS: u64 = 30;
    pub const CONCURRENCY: u64 = 4;
}

pub(super) fn bluesky(case: &Case<'_>, problems: &mut Problems) -> BlueskySettings {
    let Some(given) = case.typed.bluesky.as_ref().and_then(|bluesky| bluesky.url.clone()) else {
        return BlueskySettings::default();
    };
    let mut urls = Vec::new();
    for text in given.iter().flat_map(|item| item.split(',')) {
        match url::check(text, &url::WEBSOCKET) {
            Ok(url) => urls.push(url),
            Err(why) => problems.add(
                format!("{} {why}", case.layers.origin("bluesky.url")),
                format!("write wss://host (ws:// on this machine alone), as in {}", JETSTREAM[0]),
            ),
        }
    }
    if given.is_empty() {
        problems.add("bluesky.url names no instance", "leave it out for the public ones");
    }
    BlueskySettings { url: urls }
}

/// The section resolved, if it says where the service is. `wanted`: the model is `endpoint`.
pub(super) fn endpoint(case: &Case<'_>, wanted: bool, problems: &mut Problems) -> Option<EndpointSettings> {
    let typed = case.typed.endpoint.clone().unwrap_or_default();
    if typed.url.is_none() && wanted {
        problems.add(
            "model endpoint needs endpoint.url",
            "say where the service is: endpoint.url in the settings file, or SENTISTACK_ENDPOINT_URL",
        );
    }
    let url = typed.url.as_deref().map(|text| {
        url::check(text, &url::HTTP).unwrap_or_else(|why| {
            problems.add(
                format!("{} {why}", case.layers.origin("endpoint.url")),
                "write https://host/path (http:// on this machine alone); a token goes to endpoint.token",
            );
            String::new()
        })
    });
    let mut within = |key: &str, given: Option<u64>, default: u64, range: std::ops::RangeInclusive<u64>| {
        let value = given.unwrap_or(default);
        if !range.contains(&value) {
            let (least, most) = (range.start(), range.end());
            problems.add(format!("{} is out of range", case.subject(key)), format!("from {least} to {most}"));
        }
        u32::try_from(value).unwrap_or(u32::MAX)
    };
    let batch = within("endpoint.batch", typed.batch, defaults::BATCH, limits::ENDPOINT_BATCH);
    let concurrency = within(
        "endpoint.concurrency",
        typed.concurrency,
        defaults::CONCURRENCY,
        limits::ENDPOINT_CONCURRENCY,
    );
    let timeout_seconds = timeout(case, typed.timeout.as_deref(), problems);
    let token = typed.token.as_deref().and_then(|text| match text.parse() {
        Ok(SecretRef::SecretsManager(_)) => {
            problems.add(
                format!("{} is in Secrets Manager", case.layers.origin("endpoint.token")),
                "an endpoint's token is read from env:NAME or file:PATH",
            );
            None
        }
        Ok(place) => Some(place),
        Err(error) => {
            // Without its value, which may be the token itself.
            problems.add(format!("{} {error}", case.layers.origin("endpoint.token")), secret::HOW);
            None
        }
    });
    url.map(|url| EndpointSettings { url, batch, timeout_seconds, concurrency, token })
}

fn timeout(case: &Case<'_>, given: Option<&str>, problems: &mut Problems) -> u64 {
    let Some(given) = given else { return defaults::TIMEOUT_SECONDS };
    let subject = || case.subject("endpoint.timeout");
    match duration::parse(given) {
        Ok(timeout) if limits::ENDPOINT_TIMEOUT_SECONDS.contains(&timeout.as_secs()) => timeout.as_secs(),
        Ok(_) => {
            problems.add(format!("{} is out of range", subject()), "from 1s to 10m");
            defaults::TIMEOUT_SECONDS
        }
        Err(error) => {
            problems.add(format!("{} {}", subject(), error.problem), error.hint);
            defaults::TIMEOUT_SECONDS
        }
    }
}

#[cfg(test)]
#[path = "online_tests.rs"]
mod tests;
