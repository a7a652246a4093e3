//! The section `serve`: the model endpoint that this tool is. As typed, and resolved.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::layers::Layers;
use super::problems::Problems;
use super::resolve::Case;
use super::section::section;
use super::{duration, lenient};
use crate::error::Result;
use crate::limits;

section! {
    /// The model endpoint that `sentistack serve` is.
    ServeTyped {
        /// The address that it listens on. Default: 127.0.0.1, this machine alone.
        host: String = "lenient::text",
        /// Its port; 0: any that is free. Default: 8080.
        port: u64 = "lenient::count",
        /// Bytes of a request at most, 1024 to 67108864. Default: 2000000.
        max_body: u64 = "lenient::count",
        /// Texts of a request at most, 1 to 100000. Default: 1000.
        max_texts: u64 = "lenient::count",
        /// How long a request may take, from its head to its answer, 1s to 10m. Default: 10s.
        timeout: String = "lenient::text",
        /// Requests at the same time, 1 to 10000; more are told to come back. Default: 64.
        concurrency: u64 = "lenient::count",
        /// Connections at the same time, 1 to 100000. Default: 512.
        connections: u64 = "lenient::count",
        /// How long it still answers when it is told to stop, with /health at 503, so that a load balancer can turn
        /// away: up to 10m. Default: not at all.
        drain: String = "lenient::text",
    }
}

/// The model endpoint, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServeSettings {
    pub address: SocketAddr,
    /// Bytes of a request at most.
    pub max_body: usize,
    /// Texts of a request at most.
    pub max_texts: usize,
    /// Seconds from a request's head to its answer.
    pub timeout_seconds: u64,
    /// Requests at the same time.
    pub concurrency: usize,
    /// Connections at the same time.
    pub connections: usize,
    /// Seconds for which it still answers when it is told to stop.
    pub drain_seconds: u64,
}

/// What a setting is when nobody gives it.
pub mod defaults {
    pub const PORT: u64 = 8080;
    pub const MAX_BODY: u64 = 2_000_000;
    pub const MAX_TEXTS: u64 = 1_000;
    pub const TIMEOUT_SECONDS: u64 = 10;
    pub const CONCURRENCY: u64 = 64;
    /// With what else a process has open it stays below the 1,024 descriptors that many systems give one.
    pub const CONNECTIONS: u64 = 512;
}

/// Puts the layers together for `serve`. No other setting is looked at.
///
/// # Errors
/// Of kind `Config`: the first problem as message and hint, every other one as a cause.
pub fn resolve_serve(layers: &Layers) -> Result<ServeSettings> {
    let case = Case::new(layers, jiff::Timestamp::UNIX_EPOCH);
    let mut problems = Problems::default();
    let typed = case.typed.serve.clone().unwrap_or_default();
    let mut check = Check { case: &case, problems: &mut problems };
    let host = check.host(typed.host.as_deref());
    let port = check.within("serve.port", typed.port, defaults::PORT, 0..=u64::from(u16::MAX));
    let settings = ServeSettings {
        address: SocketAddr::new(host, u16::try_from(port).unwrap_or_default()),
        max_body: check.within(
            "serve.max_body",
            typed.max_body,
            defaults::MAX_BODY,
            limits::SERVE_BODY_BYTES,
        ),
        max_texts: check.within("serve.max_texts", typed.max_texts, defaults::MAX_TEXTS, limits::SERVE_TEXTS),
        timeout_seconds: check
            .seconds("serve.timeout", typed.timeout.as_deref(), limits::SERVE_TIMEOUT_SECONDS)
            .unwrap_or(defaults::TIMEOUT_SECONDS),
        concurrency: check.within(
            "serve.concurrency",
            typed.concurrency,
            defaults::CONCURRENCY,
            limits::SERVE_CONCURRENCY,
        ),
        connections: check.within(
            "serve.connections",
            typed.connections,
            defaults::CONNECTIONS,
            limits::SERVE_CONNECTIONS,
        ),
        drain_seconds: check
            .seconds("serve.drain", typed.drain.as_deref(), 1..=limits::SERVE_DRAIN_SECONDS)
            .unwrap_or(0),
    };
    problems.into_result()?;
    Ok(settings)
}

struct Check<'a, 'c> {
    case: &'a Case<'c>,
    problems: &'a mut Problems,
}

impl Check<'_, '_> {
    fn host(&mut self, given: Option<&str>) -> IpAddr {
        const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let Some(given) = given.map(str::trim) else { return HERE };
        if given.eq_ignore_ascii_case("localhost") {
            return HERE;
        }
        let bare = given.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(given);
        bare.parse().unwrap_or_else(|_| {
            self.problems.add(
                format!("{} is no address of this machine", self.case.subject("serve.host")),
                "127.0.0.1 for this machine alone, or an IP address that it has",
            );
            HERE
        })
    }

    fn within(
        &mut self,
        key: &str,
        given: Option<u64>,
        default: u64,
        range: std::ops::RangeInclusive<u64>,
    ) -> usize {
        let value = given.unwrap_or(default);
        if !range.contains(&value) {
            self.problems.add(
                format!("{} is out of range", self.case.subject(key)),
                format!("from {} to {}", range.start(), range.end()),
            );
        }
        usize::try_from(value).unwrap_or(usize::MAX)
    }

    fn seconds(
        &mut self,
        key: &str,
        given: Option<&str>,
        range: std::ops::RangeInclusive<u64>,
    ) -> Option<u64> {
        let subject = || self.case.subject(key);
        match duration::parse(given?) {
            Ok(time) if range.contains(&time.as_secs()) => return Some(time.as_secs()),
            Ok(_) => {
                let (least, most) =
                    (duration::format_seconds(*range.start()), duration::format_seconds(*range.end()));
                self.problems
                    .add(format!("{} is out of range", subject()), format!("from {least} to {most}"));
            }
            Err(error) => self.problems.add(format!("{} {}", subject(), error.problem), error.hint),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{File, Layers};

    fn settings(yaml: &str) -> Result<ServeSettings> {
        let file = File::parse("app.yaml", yaml).unwrap_or_else(|e| panic!("{e}\n{yaml}"));
        resolve_serve(&Layers { file: Some(file), ..Layers::default() })
    }

    #[test]
    fn this_machine_alone_unless_another_address_is_asked_for() {
        for yaml in ["", "serve: {host: localhost}", "serve: {host: 127.0.0.1, port: 8080}"] {
            assert_eq!(settings(yaml).unwrap().address.to_string(), "127.0.0.1:8080", "{yaml}");
        }
        for (host, address) in
            [("10.43.0.7", "10.43.0.7:8080"), ("'[::1]'", "[::1]:8080"), ("'::'", "[::]:8080")]
        {
            let settings = settings(&format!("serve: {{host: {host}}}")).unwrap();
            assert_eq!(settings.address.to_string(), address);
        }
    }

    #[test]
    fn the_template_has_the_defaults() {
        assert_eq!(settings(crate::config::app_yaml()).unwrap(), settings("").unwrap());
    }

    #[test]
    fn every_limit_has_a_range_and_all_that_is_wrong_is_said() {
        for (yaml, says) in [
            ("host: example.com", "serve.host example.com at app.yaml:1 is no address of this machine"),
            ("host: ''", "is no address"),
            ("port: 70000", "serve.port 70000 at app.yaml:1 is out of range"),
            ("max_body: 10", "serve.max_body 10"),
            ("max_texts: 0", "serve.max_texts 0"),
            ("timeout: 11m", "serve.timeout 11m"),
            ("timeout: soon", "serve.timeout soon"),
            ("concurrency: 0", "serve.concurrency 0"),
            ("connections: 200_000", "serve.connections 200000"),
            ("drain: 1h", "serve.drain 1h"),
        ] {
            let error = settings(&format!("serve: {{{yaml}}}")).unwrap_err();
            assert!(error.message.contains(says), "{yaml}: {error}");
            assert!(error.hint.is_some(), "{yaml}");
        }
        let both = settings("serve: {port: 70000, drain: 1h}").unwrap_err();
        assert_eq!(both.causes.len(), 1, "{both}");
    }

    #[test]
    fn other_settings_may_be_wrong() {
        assert!(settings("{window: 7m, source: x-search, serve: {port: 9}}").is_ok());
    }
}
