//! The program: Lambda's Runtime API on one side, the handlers on the other. Lambda gives a process one event at a time,
//! so there is one thread, and it waits where it has to: an asynchronous runtime would be there for nothing.

mod api;
pub mod endpoint;
mod http;
mod log;
mod origin;
mod s3;
mod tls;

use std::time::{Duration, Instant};

use api::{Api, Invocation};

use crate::function::Function;
use crate::limits;
use crate::scorer::{Embedded, Judge, Scored, Scorer};
use crate::settings::Settings;
use endpoint::Endpoint;
use s3::Bucket;

/// Who scores, as it is set.
enum Judges {
    Own(Embedded),
    Service(Box<Endpoint>),
}

impl Scorer for Judges {
    fn judge(&self) -> Judge {
        match self {
            Self::Own(own) => own.judge(),
            Self::Service(service) => service.judge(),
        }
    }

    fn score(&mut self, texts: &[&str]) -> Vec<Option<Scored>> {
        match self {
            Self::Own(own) => own.score(texts),
            Self::Service(service) => service.score(texts),
        }
    }
}

/// Serves events until Lambda ends the process.
///
/// # Errors
/// In words for the log: where the environment cannot be used, or the Runtime API does not answer as it should.
pub fn run(get: impl Fn(&str) -> Option<String>) -> Result<(), String> {
    let address = get("AWS_LAMBDA_RUNTIME_API").ok_or_else(|| {
        "AWS_LAMBDA_RUNTIME_API is not set: this program is run by AWS Lambda, or beside a Runtime API server"
            .to_owned()
    })?;
    let mut api = Api::new(&address)?;
    let mut function = match begin(&get) {
        Ok(function) => function,
        Err(error) => {
            api.refuse_to_start(&error)?;
            return Err(error);
        }
    };
    loop {
        let invocation = api.next()?;
        let started = Instant::now();
        let until = deadline(&invocation, started);
        if let Judges::Service(service) = &mut function.scorer {
            service.until = until;
        }
        if let Some(bucket) = &mut function.objects {
            bucket.until = until;
        }
        match function.handle(&invocation.event) {
            Ok(answer) => {
                // Before it is answered: behind that, Lambda may freeze the process.
                log::done(&invocation.id, &answer.tally, answer.body.len(), started.elapsed());
                api.answer(&invocation.id, &answer.body)?;
            }
            Err(error) => {
                let (kind, message) = (error.kind(), error.to_string());
                log::failed(&invocation.id, kind, &message);
                api.fail(&invocation.id, kind, &message)?;
            }
        }
    }
}

fn begin(get: &impl Fn(&str) -> Option<String>) -> Result<Function<Judges, Bucket>, String> {
    let settings = Settings::read(get).map_err(|e| e.to_string())?;
    let scorer = match &settings.endpoint {
        None => Judges::Own(Embedded::default()),
        Some(url) => Judges::Service(Box::new(Endpoint::new(url, settings.fallback)?)),
    };
    let objects = settings.root.as_ref().map(|root| Bucket::new(root, get)).transpose()?;
    Ok(Function { settings, scorer, objects })
}

/// Until when others are waited for.
fn deadline(invocation: &Invocation, now: Instant) -> Instant {
    let left = invocation.left.map_or(Duration::from_millis(limits::NO_DEADLINE_MILLIS), |left| {
        left.saturating_sub(Duration::from_millis(limits::DEADLINE_SPARE_MILLIS))
    });
    now + left
}

/// Says why the program ends, as a line of the log.
pub fn complain(message: &str) {
    log::failed("", "Runtime", message);
}
