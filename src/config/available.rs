//! What settings may ask for and this build cannot do yet. They resolve all the same, so that a file written for
//! AWS can be checked anywhere.

use super::resolve::{Resolved, defaults};
use super::settings::{Settings, SourceKind, StreamKind, TransformKind, WarehouseKind};
use crate::error::Error;

impl Resolved {
    /// An error of kind `Usage` that names everything that this build cannot do; `None` if it can do all.
    pub fn unavailable(&self) -> Option<Error> {
        let mut missing = missing(&self.settings);
        // The stack's own bucket comes with a backend, which is named already.
        let named = self.root.starts_with("s3://") && self.root != defaults::STACK_ROOT;
        if named && !cfg!(feature = "aws") {
            missing.push((format!("root {}", self.root), "keep runs in a folder: --root ./sentistack-data"));
        }
        refusal(missing)
    }
}

fn refusal(missing: Vec<(String, &'static str)>) -> Option<Error> {
    let mut missing = missing.into_iter();
    let (first, hint) = missing.next()?;
    let error = Error::usage(format!("this build cannot do {first} yet")).hint(hint);
    Some(missing.fold(error, |error, (more, _)| error.because(format!("also: nor {more}"))))
}

/// Whether what is reached over the network is in this build.
const ONLINE: bool = cfg!(feature = "online");

/// What cannot be done, each with what can be done instead.
fn missing(settings: &Settings) -> Vec<(String, &'static str)> {
    let mut missing = Vec::new();
    match settings.source {
        SourceKind::Sample | SourceKind::Replay => {}
        SourceKind::Bluesky if ONLINE => {}
        // Its prices are in the stack's table.
        SourceKind::XSearch | SourceKind::XStream if cfg!(all(feature = "online", feature = "stack")) => {}
        SourceKind::XSearch | SourceKind::XStream | SourceKind::Bluesky => missing.push((
            format!("source {}", settings.source),
            "use source sample, or replay with --input and files of posts",
        )),
    }
    missing.extend(missing_on_aws(settings));
    missing
}

/// What an account is needed for.
fn missing_on_aws(settings: &Settings) -> Vec<(String, &'static str)> {
    const LOCAL: &str = "run on this machine: --on local";
    let mut missing = Vec::new();
    if cfg!(feature = "aws") {
        return missing;
    }
    match settings.stream {
        StreamKind::Memory => {}
        StreamKind::Kinesis => missing.push((format!("stream {}", settings.stream), LOCAL)),
    }
    match settings.transform {
        TransformKind::Embedded => {}
        TransformKind::Emr | TransformKind::EmrServerless => {
            missing.push((format!("transform {}", settings.transform), LOCAL));
        }
    }
    match settings.warehouse {
        WarehouseKind::Sqlite | WarehouseKind::None => {}
        WarehouseKind::Redshift | WarehouseKind::RedshiftServerless => {
            missing.push((format!("warehouse {}", settings.warehouse), LOCAL));
        }
    }
    let model = settings.model.as_str();
    if model == "comprehend" || model == "endpoint" && !ONLINE {
        missing.push((
            format!("model {}", settings.model),
            "use --model embedded, --model vader, or the path of a model file",
        ));
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{File, Layers, resolve};
    use jiff::Timestamp;

    fn resolved(yaml: &str) -> Resolved {
        let layers = Layers::of_flags(File::parse("flags", yaml).unwrap().typed);
        resolve(&layers, Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(24 * 365 * 50)).unwrap()
    }

    #[test]
    fn everything_embedded_is_available() {
        for yaml in
            ["", "input: a.jsonl", "warehouse: none", "model: vader", "model: ./m.bin", "table_format: csv"]
        {
            assert_eq!(resolved(yaml).unavailable(), None, "{yaml}");
        }
    }

    #[test]
    fn what_is_reached_over_the_network_is_in_some_builds() {
        for (yaml, what) in [
            ("{source: bluesky, duration: 1h}", "source bluesky"),
            ("{model: endpoint, endpoint: {url: https://a.b/predict}}", "model endpoint"),
        ] {
            let error = resolved(yaml).unavailable();
            assert_eq!(error.is_none(), ONLINE, "{yaml}");
            assert!(error.is_none_or(|e| e.message == format!("this build cannot do {what} yet")));
        }
    }

    #[cfg(not(feature = "aws"))]
    #[test]
    fn what_needs_aws_or_a_network_is_named_with_a_way_out() {
        for (yaml, what) in [
            #[cfg(not(all(feature = "online", feature = "stack")))]
            ("{source: x-search, query: q, duration: 1d}", "source x-search"),
            ("stream: kinesis", "stream kinesis"),
            ("transform: emr-serverless", "transform emr-serverless"),
            ("warehouse: redshift", "warehouse redshift"),
            ("model: comprehend", "model comprehend"),
            ("root: s3://bucket/x", "root s3://bucket/x"),
        ] {
            let error = resolved(yaml).unavailable().expect(yaml);
            assert_eq!(error.message, format!("this build cannot do {what} yet"));
            assert_eq!(error.kind, crate::error::ErrorKind::Usage);
            assert!(error.hint.is_some());
        }
        let aws = resolved("on: aws").unavailable().unwrap();
        assert_eq!(aws.message, "this build cannot do stream kinesis yet");
        assert_eq!(aws.causes, ["also: nor transform emr", "also: nor warehouse redshift"]);
    }
}
