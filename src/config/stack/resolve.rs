//! From layers of typed settings to the settings of one stack, every value checked.

use super::region;
use super::settings::{
    Emr, EmrServerless, Live, Provision, RedshiftCluster, RedshiftServerless, Scorer, StackSettings, Storage,
    Stream, StreamMode,
};
use super::typed::{LiveTyped, StackTyped};
use crate::config::layers::Layers;
use crate::config::problems::Problems;
use crate::config::resolve::Case;
use crate::config::score::{self, ScoreOn};
use crate::config::settings::{TransformKind, WarehouseKind};
use crate::config::{duration, number, place, suggest};
use crate::error::Result;

/// What a setting is when nobody gives it: the small, the safe and the cheap.
pub mod defaults {
    pub const REGION: &str = "us-east-1";
    pub const TTL_SECONDS: u64 = 4 * 3600;
    pub const MAX_COST: f64 = 10.0;
    pub const EMR_RELEASE: &str = "emr-7.13.0";
    pub const EMR_TYPE: &str = "m6g.xlarge";
    pub const EMR_IDLE_SECONDS: u64 = 900;
    pub const REDSHIFT_NODE: &str = "ra3.large";
    pub const REDSHIFT_RPU: u64 = 4;
    pub const GRAFANA_TYPE: &str = "t4g.small";
    pub const RUNNER_TYPE: &str = "t3.medium";
    pub const RUNNER_TYPE_ARM64: &str = "t4g.medium";
    pub const ENDPOINT_TYPE: &str = "c7g.large";
}

/// Seconds of the time to live at least: less than the stack takes to come up would delete it half-made.
const SHORTEST_TTL: u64 = 30 * 60;

/// The periods that CloudWatch Logs knows, in days.
const RETENTION: [u32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// Puts the layers together for the stack. Only the settings that a stack has are looked at, so that a file whose
/// pipeline settings are wrong can still take a stack down.
///
/// # Errors
/// Of kind `Config`: the first problem as message and hint, every other one as a cause.
pub fn resolve_stack(layers: &Layers) -> Result<StackSettings> {
    let case = Case::new(layers, jiff::Timestamp::UNIX_EPOCH);
    let mut problems = Problems::default();
    let stack = case.typed.stack.clone().unwrap_or_default();
    let live = case.typed.live.clone().unwrap_or_default();
    let settings = {
        let mut check = Check { case: &case, problems: &mut problems };
        StackSettings {
            name: place::name(&case, check.problems),
            region: check.region(),
            ttl_seconds: check.ttl(&stack),
            max_cost: check.max_cost(),
            network: stack.network.unwrap_or_default(),
            storage: check.storage(&stack),
            stream: check.stream(&stack),
            spark: stack.spark.unwrap_or(spark_of(case.typed.transform)),
            emr: check.emr(&stack),
            emr_serverless: check.emr_serverless(&stack),
            redshift: stack.redshift.unwrap_or(redshift_of(case.typed.warehouse)),
            redshift_cluster: check.redshift_cluster(&stack),
            redshift_serverless: check.redshift_serverless(&stack),
            grafana: stack.grafana.unwrap_or(true),
            grafana_type: check.instance(
                "stack.grafana_type",
                stack.grafana_type.as_deref(),
                defaults::GRAFANA_TYPE,
            ),
            runner_type: stack
                .runner_type
                .as_deref()
                .map(|given| check.instance("stack.runner_type", Some(given), defaults::RUNNER_TYPE)),
            cloudwatch_dashboard: stack.cloudwatch_dashboard.unwrap_or(true),
            alarms: stack.alarms.unwrap_or(true),
            live: check.live(&live),
            scorer: check.scorer(&stack),
        }
    };
    // It is no setting of the stack, and a slip in it must not be found out later.
    place::allow_account(&case, &mut problems);
    problems.into_result()?;
    Ok(settings)
}

/// What a pipeline asks for is what the stack has, unless the stack's own setting says otherwise.
fn spark_of(transform: Option<TransformKind>) -> Provision {
    match transform {
        Some(TransformKind::EmrServerless) => Provision::Serverless,
        Some(TransformKind::Emr) | None => Provision::Cluster,
        Some(TransformKind::Embedded) => Provision::None,
    }
}

fn redshift_of(warehouse: Option<WarehouseKind>) -> Provision {
    match warehouse {
        Some(WarehouseKind::RedshiftServerless) => Provision::Serverless,
        Some(WarehouseKind::Redshift) | None => Provision::Cluster,
        Some(WarehouseKind::Sqlite | WarehouseKind::None) => Provision::None,
    }
}

struct Check<'a, 'c> {
    case: &'a Case<'c>,
    problems: &'a mut Problems,
}

impl Check<'_, '_> {
    fn subject(&self, path: &str) -> String {
        self.case.subject(path)
    }

    fn region(&mut self) -> String {
        let Some(given) = self.case.typed.region.as_deref().map(str::trim) else {
            return defaults::REGION.to_owned();
        };
        if !region::REGIONS.contains(&given) {
            let near = suggest::did_you_mean(given, region::REGIONS);
            self.problems.add(
                format!("{} is no AWS region{near}", self.subject("region")),
                format!("prices are known for {}", region::PRICED.join(", ")),
            );
        }
        given.to_owned()
    }

    fn ttl(&mut self, stack: &StackTyped) -> Option<u64> {
        let Some(given) = stack.ttl.as_deref().map(str::trim) else { return Some(defaults::TTL_SECONDS) };
        if given.eq_ignore_ascii_case("off") || given.eq_ignore_ascii_case("false") {
            return None;
        }
        let subject = self.subject("stack.ttl");
        match duration::parse(given) {
            Ok(ttl) if ttl.as_secs() >= SHORTEST_TTL => Some(ttl.as_secs()),
            Ok(_) => {
                self.problems.add(
                    format!("{subject} is less than the stack takes to come up"),
                    "30m at least, or off; `stack down` takes it down at any time",
                );
                None
            }
            Err(error) => {
                self.problems.add(format!("{subject} {}", error.problem), "write 4h or 2d, or off");
                None
            }
        }
    }

    fn max_cost(&mut self) -> f64 {
        let Some(cost) = self.case.typed.max_cost else { return defaults::MAX_COST };
        if cost.is_nan() || cost < 0.0 {
            self.problems.add(format!("{} is no amount", self.subject("max_cost")), "US dollars: 10");
        }
        cost
    }

    /// A whole number within `range`.
    fn within(
        &mut self,
        path: &str,
        given: Option<u64>,
        default: u64,
        range: std::ops::RangeInclusive<u64>,
    ) -> u32 {
        let value = given.unwrap_or(default);
        if !range.contains(&value) {
            self.problems.add(
                format!("{} is out of range", self.subject(path)),
                format!("{} to {}", range.start(), range.end()),
            );
        }
        u32::try_from(value).unwrap_or(u32::MAX)
    }

    /// An instance type, by its shape; whether the region has it is for AWS to say.
    fn instance(&mut self, path: &str, given: Option<&str>, default: &str) -> String {
        let kind = given.unwrap_or(default).trim();
        let shaped = kind.split_once('.').is_some_and(|(family, size)| {
            let plain = |part: &str| {
                !part.is_empty()
                    && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            };
            plain(family) && plain(size)
        });
        if !shaped {
            self.problems.add(
                format!("{} is no instance type", self.subject(path)),
                format!("a family and a size: {default}"),
            );
        }
        kind.to_owned()
    }

    fn storage(&mut self, stack: &StackTyped) -> Storage {
        let raw_days = self.within("stack.raw_days", stack.raw_days, 30, 0..=3650);
        let log_days = self.within("stack.log_days", stack.log_days, 14, 1..=3653);
        if !RETENTION.contains(&log_days) {
            let known: Vec<_> = RETENTION.iter().map(u32::to_string).collect();
            self.problems.add(
                format!("{} is no period that CloudWatch keeps logs for", self.subject("stack.log_days")),
                format!("one of {}", known.join(", ")),
            );
        }
        Storage {
            versioning: stack.versioning.unwrap_or(false),
            raw_days,
            log_days,
            athena: stack.athena.unwrap_or(true),
        }
    }

    fn stream(&mut self, stack: &StackTyped) -> Stream {
        let mode = stack.stream_mode.unwrap_or_default();
        if mode != StreamMode::Provisioned && stack.stream_shards.is_some() {
            self.problems.add(
                format!("{} does not go with stream_mode {mode}", self.subject("stack.stream_shards")),
                "remove it, or say stream_mode: provisioned",
            );
        }
        Stream {
            mode,
            shards: self.within("stack.stream_shards", stack.stream_shards, 1, 1..=500),
            hours: self.within("stack.stream_hours", stack.stream_hours, 24, 24..=8760),
        }
    }

    fn scorer(&mut self, stack: &StackTyped) -> Option<Scorer> {
        let score = self.case.typed.score.clone().unwrap_or_default();
        let (memory, parallel) = (score::defaults::FUNCTION_MB, score::defaults::PARALLEL);
        let scorer = Scorer {
            function_mb: self.within("score.function_mb", score.function_mb, memory, 128..=10_240),
            parallel: self.within("score.parallel", score.parallel, parallel, 1..=10),
        };
        if score.on != Some(ScoreOn::Lambda) {
            return None;
        }
        if stack.stream_mode == Some(StreamMode::None) {
            self.problems.add(
                format!("{} does not go with stream_mode none", self.subject("score.on")),
                "the function reads the stream: give the stack one, or say score.on here",
            );
        }
        Some(scorer)
    }

    fn emr(&mut self, stack: &StackTyped) -> Emr {
        let release = stack.emr_release.as_deref().unwrap_or(defaults::EMR_RELEASE).trim().to_owned();
        let known = release.strip_prefix("emr-").is_some_and(|version| {
            let version = version.strip_prefix("spark-").unwrap_or(version);
            let parts: Vec<_> = version.split('.').collect();
            parts.len() == 3 && parts.iter().all(|part| part.parse::<u16>().is_ok())
        });
        if !known {
            self.problems.add(
                format!("{} is no EMR release", self.subject("stack.emr_release")),
                format!("write {} or emr-spark-8.0.0", defaults::EMR_RELEASE),
            );
        }
        let idle = match stack.emr_idle.as_deref() {
            None => defaults::EMR_IDLE_SECONDS,
            Some(text) => match duration::parse(text) {
                Ok(idle) => idle.as_secs(),
                Err(error) => {
                    self.problems
                        .add(format!("{} {}", self.subject("stack.emr_idle"), error.problem), error.hint);
                    defaults::EMR_IDLE_SECONDS
                }
            },
        };
        if !(60..=604_800).contains(&idle) {
            self.problems.add(format!("{} is out of range", self.subject("stack.emr_idle")), "1m to 7d");
        }
        let core_type =
            self.instance("stack.emr_core_type", stack.emr_core_type.as_deref(), defaults::EMR_TYPE);
        Emr {
            release,
            primary_type: self.instance(
                "stack.emr_primary_type",
                stack.emr_primary_type.as_deref(),
                defaults::EMR_TYPE,
            ),
            core_type,
            core_count: self.within("stack.emr_core_count", stack.emr_core_count, 1, 1..=100),
            task_type: self.instance(
                "stack.emr_task_type",
                stack.emr_task_type.as_deref(),
                defaults::EMR_TYPE,
            ),
            task_count: self.within("stack.emr_task_count", stack.emr_task_count, 0, 0..=100),
            task_spot: stack.emr_task_spot.unwrap_or(true),
            idle_seconds: u32::try_from(idle).unwrap_or(u32::MAX),
        }
    }

    fn emr_serverless(&mut self, stack: &StackTyped) -> EmrServerless {
        EmrServerless {
            max_vcpu: self.within("stack.emr_max_vcpu", stack.emr_max_vcpu, 16, 4..=400),
            max_memory_gb: self.within("stack.emr_max_memory_gb", stack.emr_max_memory_gb, 64, 16..=3000),
        }
    }

    fn redshift_cluster(&mut self, stack: &StackTyped) -> RedshiftCluster {
        let path = "stack.redshift_node_type";
        let node_type = self.instance(path, stack.redshift_node_type.as_deref(), defaults::REDSHIFT_NODE);
        if node_type.starts_with("dc") || node_type.starts_with("ds") {
            self.problems.add(
                format!("{} is of a generation that AWS no longer starts", self.subject(path)),
                format!("write {}", defaults::REDSHIFT_NODE),
            );
        }
        RedshiftCluster {
            node_type,
            nodes: self.within("stack.redshift_nodes", stack.redshift_nodes, 1, 1..=32),
        }
    }

    fn redshift_serverless(&mut self, stack: &StackTyped) -> RedshiftServerless {
        let base = stack.redshift_rpu.unwrap_or(defaults::REDSHIFT_RPU);
        let base_rpu = self.within("stack.redshift_rpu", Some(base), base, 4..=512);
        if base != 4 && !base.is_multiple_of(8) {
            self.problems.add(
                format!("{} is no capacity of Redshift Serverless", self.subject("stack.redshift_rpu")),
                "4, or a multiple of 8",
            );
        }
        // The largest capacity is in steps of 8 too.
        let max = stack.redshift_max_rpu.unwrap_or((base * 2).max(8));
        let max_rpu = self.within("stack.redshift_max_rpu", Some(max), max, 8..=5632);
        if max < base || !max.is_multiple_of(8) {
            self.problems.add(
                format!("{} is no largest capacity", self.subject("stack.redshift_max_rpu")),
                "a multiple of 8, not below redshift_rpu",
            );
        }
        RedshiftServerless { base_rpu, max_rpu }
    }

    fn live(&mut self, live: &LiveTyped) -> Live {
        Live {
            enabled: live.enabled.unwrap_or(false),
            package: live.package.unwrap_or_default(),
            architecture: live.architecture.unwrap_or_default(),
            function_mb: self.within("live.function_mb", live.function_mb, 512, 128..=10_240),
            include: live.include.unwrap_or_default(),
            lang: number::lang(self.case, self.problems),
            compression: live.compression.unwrap_or_default(),
            endpoint: live.endpoint.unwrap_or_default(),
            fallback: live.fallback.unwrap_or_default(),
            endpoint_type: self.instance(
                "live.endpoint_type",
                live.endpoint_type.as_deref(),
                defaults::ENDPOINT_TYPE,
            ),
            endpoint_hosts: self.within("live.endpoint_hosts", live.endpoint_hosts, 1, 1..=10),
            buffer_mb: self.within("live.buffer_mb", live.buffer_mb, 1, 1..=128),
            buffer_seconds: self.within("live.buffer_seconds", live.buffer_seconds, 60, 0..=900),
        }
    }
}
