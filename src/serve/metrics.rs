//! What is counted, and how Prometheus reads it. Nothing of a text is in it but its label.

use std::fmt::Error;
use std::time::Duration;

use axum::http::StatusCode;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use sentistack_sentiment::Label;

use super::Served;
use super::answer::Scored;

/// The content type of what [`Metrics::text`] gives.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Seconds up to which requests are counted together.
const BUCKETS: [f64; 14] =
    [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    /// A path of ours, or `other`: what people ask for has no end.
    route: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labelled {
    label: &'static str,
}

pub struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    texts: Family<Labelled, Counter>,
    seconds: Histogram,
    pub in_flight: Gauge,
    pub connections: Gauge,
    pub turned_away: Counter,
    answered: Counter,
    refused: Counter,
}

impl Metrics {
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("sentistack");
        let requests = Family::default();
        let texts = Family::<Labelled, Counter>::default();
        let seconds = Histogram::new(BUCKETS);
        let (in_flight, connections) = (Gauge::default(), Gauge::default());
        let turned_away = Counter::default();
        registry.register("requests", "Requests answered, by path and status", requests.clone());
        registry.register("texts", "Texts scored, by label", texts.clone());
        registry.register_with_unit(
            "request_duration",
            "From the head of a request to /predict to its answer",
            Unit::Seconds,
            seconds.clone(),
        );
        registry.register("requests_in_flight", "Requests under way", in_flight.clone());
        registry.register("connections", "Connections open", connections.clone());
        registry.register(
            "connections_turned_away",
            "Connections beyond the limit, answered with 503 or closed",
            turned_away.clone(),
        );
        for label in Label::ALL {
            let _ = texts.get_or_create(&Labelled { label: label.as_str() });
        }
        Self {
            registry,
            requests,
            texts,
            seconds,
            in_flight,
            connections,
            turned_away,
            answered: Counter::default(),
            refused: Counter::default(),
        }
    }

    /// Counts an answer. `predict`: how long it took, where it was one to `/predict`.
    pub fn answered(&self, route: &'static str, status: StatusCode, predict: Option<Duration>) {
        self.requests.get_or_create(&Request { route, status: status.as_u16() }).inc();
        if let Some(took) = predict {
            self.seconds.observe(took.as_secs_f64());
            if status.is_success() {
                self.answered.inc()
            } else {
                self.refused.inc()
            };
        }
    }

    pub fn scored(&self, scores: &[Scored]) {
        let mut counts = [0; Label::ALL.len()];
        for score in scores {
            counts[score.label.index()] += 1;
        }
        for (label, count) in Label::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0) {
            self.texts.get_or_create(&Labelled { label: label.as_str() }).inc_by(count);
        }
    }

    /// For the last word of the command.
    pub fn served(&self) -> Served {
        let texts =
            Label::ALL.map(|label| self.texts.get_or_create(&Labelled { label: label.as_str() }).get());
        Served {
            answered: self.answered.get(),
            refused: self.refused.get(),
            texts: texts.iter().sum(),
            cut: 0,
        }
    }

    /// As Prometheus reads it.
    pub fn text(&self) -> Result<String, Error> {
        let mut out = String::new();
        text::encode(&mut out, &self.registry)?;
        Ok(out)
    }
}
