//! Lambda's Runtime API: the next event, its answer, or its error.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::http::{Answer, Client, Fault, Times};
use super::origin::Origin;
use crate::limits;

const VERSION: &str = "/2018-06-01/runtime";

/// See the module's text.
pub struct Api {
    client: Client,
}

/// An event to answer.
pub struct Invocation {
    pub id: String,
    pub event: Vec<u8>,
    /// Time until Lambda ends the process, where it said so.
    pub left: Option<Duration>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure<'a> {
    error_message: &'a str,
    error_type: &'a str,
    stack_trace: [&'a str; 0],
}

impl Api {
    pub fn new(address: &str) -> Result<Self, String> {
        let origin = Origin::parse(&format!("http://{address}"))?;
        // The next event may be hours away: the process is frozen meanwhile.
        Ok(Self { client: Client::new(origin, Times { connect: Duration::from_secs(10), answer: None }) })
    }

    pub fn next(&mut self) -> Result<Invocation, String> {
        let path = format!("{VERSION}/invocation/next");
        let answer = self.client.send("GET", &path, &[], &[], limits::EVENT_BYTES);
        let answer = good(answer, "give the next event")?;
        let id = answer
            .header("lambda-runtime-aws-request-id")
            .ok_or("the Runtime API gave an event without its identifier")?
            .to_owned();
        let left = answer.header("lambda-runtime-deadline-ms").and_then(|millis| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
            Some(Duration::from_millis(millis.parse().ok()?).saturating_sub(now))
        });
        Ok(Invocation { id, left, event: answer.body })
    }

    pub fn answer(&mut self, id: &str, body: &[u8]) -> Result<(), String> {
        let path = format!("{VERSION}/invocation/{id}/response");
        let headers = [("content-type", "application/json")];
        let answer = self.client.send("POST", &path, &headers, body, limits::EVENT_BYTES);
        good(answer, "take the answer").map(|_| ())
    }

    pub fn fail(&mut self, id: &str, kind: &str, message: &str) -> Result<(), String> {
        self.report(&format!("{VERSION}/invocation/{id}/error"), kind, message)
    }

    pub fn refuse_to_start(&mut self, message: &str) -> Result<(), String> {
        self.report(&format!("{VERSION}/init/error"), "Settings", message)
    }

    fn report(&mut self, path: &str, kind: &str, message: &str) -> Result<(), String> {
        let failure = Failure { error_message: message, error_type: kind, stack_trace: [] };
        let body = serde_json::to_vec(&failure).unwrap_or_default();
        let headers = [("content-type", "application/json"), ("lambda-runtime-function-error-type", kind)];
        let answer = self.client.send("POST", path, &headers, &body, limits::EVENT_BYTES);
        good(answer, "take an error").map(|_| ())
    }
}

fn good(answer: Result<Answer, Fault>, what: &str) -> Result<Answer, String> {
    let answer = answer.map_err(|fault| format!("the Runtime API does not {what}: {fault}"))?;
    if matches!(answer.status, 200 | 202) {
        return Ok(answer);
    }
    Err(format!("the Runtime API does not {what}: HTTP {}", answer.status))
}
