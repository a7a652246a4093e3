//! The section `score`: who scores a run's packets. As typed, and resolved.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::choice::On;
use super::problems::Problems;
use super::resolve::Case;
use super::section::section;
use super::settings::StreamKind;
use super::{duration, lenient};
use crate::limits;

/// Who scores what is on the stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScoreOn {
    /// The process that does the run.
    #[default]
    Here,
    /// The stack's function, as many at once as the stream has shards and more.
    Lambda,
}

section! {
    /// Who scores a run's packets.
    ScoreTyped {
        /// here: the process that does the run. lambda: the stack's function, which reads the stream and writes the
        /// scores into the bucket; with stream kinesis and model embedded. `stack up` makes it where this says so.
        /// Default: here.
        on: ScoreOn = "lenient::choice",
        /// With lambda: how long nothing may come of the function before packets are put on the stream again, and
        /// after as long again the run ends with exit 4. 10s to 1d. Default: 5m.
        wait: String = "lenient::text",
        /// Memory of the function in MiB, 128 to 10240. Default: 512.
        function_mb: u64 = "lenient::count",
        /// Functions at once for each shard of the stream, 1 to 10. Default: 4.
        parallel: u64 = "lenient::count",
    }
}

/// How the stack's function scores a run, resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreSettings {
    pub on: ScoreOn,
    /// Seconds without anything new before packets are put on the stream again, and before the run gives up.
    pub wait_seconds: u64,
}

/// What a setting is when nobody gives it.
pub mod defaults {
    pub const WAIT_SECONDS: u64 = 300;
    pub const FUNCTION_MB: u64 = 512;
    pub const PARALLEL: u64 = 4;
    /// The one model that is in the function.
    pub const MODEL: &str = "embedded";
}

/// `None` where the process that does the run scores.
pub(super) fn resolve(
    case: &Case<'_>,
    stream: StreamKind,
    model: &str,
    problems: &mut Problems,
) -> Option<ScoreSettings> {
    let typed = case.typed.score.clone().unwrap_or_default();
    let wait_seconds = wait(case, typed.wait.as_deref(), problems);
    let on = typed.on.unwrap_or_default();
    // As with the backends: `--on local` wins over what the file says of AWS.
    let is_outranked = case.typed.on == Some(On::Local) && case.rank("score.on") < case.rank("on");
    if on == ScoreOn::Here || is_outranked {
        return None;
    }
    let subject = case.subject("score.on");
    if stream != StreamKind::Kinesis {
        problems.add(
            format!("{subject} does not go with stream {stream}: the function reads a Kinesis stream"),
            "say --on aws, or stream kinesis; or score.on here",
        );
    }
    if model != defaults::MODEL {
        problems.add(
            format!("{subject} does not go with model {model}: the function has the embedded one"),
            "leave the model out, or say score.on here",
        );
    }
    Some(ScoreSettings { on, wait_seconds })
}

fn wait(case: &Case<'_>, given: Option<&str>, problems: &mut Problems) -> u64 {
    let Some(text) = given else { return defaults::WAIT_SECONDS };
    let subject = case.subject("score.wait");
    match duration::parse(text) {
        Ok(wait) if limits::SCORE_WAIT_SECONDS.contains(&wait.as_secs()) => return wait.as_secs(),
        Ok(_) => problems.add(format!("{subject} is out of range"), "10s to 1d"),
        Err(error) => problems.add(format!("{subject} {}", error.problem), error.hint),
    }
    defaults::WAIT_SECONDS
}
