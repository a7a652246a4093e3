//! What templates can name: the settings, the names made from them, and every condition as a plain boolean, so
//! that strict mode can catch a slip in any of them.

use serde::Serialize;

use super::functions::{self, Scoring};
use super::{dashboard, wants_network};
use crate::config::StackSettings;
use crate::config::choice::Choice;
use crate::config::stack::settings::{
    Architecture, Emr, EmrServerless, Endpoint, Live, Network, Package, Provision, RedshiftCluster,
    RedshiftServerless, Storage, Stream, StreamMode,
};
use crate::error::{Error, Result};
use crate::limits;
use crate::stack::grafana;
use crate::stack::names::{Names, Part, Role, tag};

#[derive(Serialize)]
pub(super) struct Context {
    name: String,
    region: String,
    stack: Stacks,
    role: Roles,
    bucket: String,
    dead_letters: String,
    function: String,
    scorer: String,
    scorer_failed: String,
    scoring: Scoring,
    log_prefix: String,
    tag: Tags,
    has: Has,
    storage: Storage,
    athena: Athena,
    stream: Stream,
    emr: Emr,
    emr_serverless: EmrServerless,
    redshift_cluster: RedshiftCluster,
    redshift_serverless: RedshiftServerless,
    grafana: Host,
    /// Where in the bucket the Grafana host finds what it is made of.
    grafana_files: &'static str,
    endpoint: Host,
    endpoint_hosts: Vec<EndpointHost>,
    /// Where the function finds the endpoint: the one host, or the balancer before several.
    endpoint_url: &'static str,
    balancer: String,
    live: Live,
    /// Languages that the functions score, as their environment says it: `en,de`, or `all`.
    function_lang: String,
    /// How Firehose packs objects, in its own word.
    firehose_compression: &'static str,
    zones: Vec<Zone>,
    live_zones: Vec<Zone>,
    emr_pairs: Vec<Pair>,
    /// What must be there before the EMR cluster starts.
    emr_waits: Vec<&'static str>,
    endpoint_services: Vec<Service>,
    /// Disk in GB that EMR Serverless may use at once: 20 a worker, at 4 vCPU each.
    emr_serverless_disk: u32,
    /// The CloudWatch dashboard's body, JSON with CloudFormation's placeholders in it.
    dashboard: String,
}

#[derive(Serialize)]
struct Stacks {
    storage: String,
    batch: String,
    live: String,
}

#[derive(Serialize)]
struct Roles {
    deploy: String,
    ttl: String,
    emr: String,
    emr_nodes: String,
    emr_job: String,
    redshift: String,
    grafana: String,
    runner: String,
    function: String,
    scorer: String,
    firehose: String,
    endpoint: String,
}

#[derive(Serialize)]
struct Tags {
    name: &'static str,
    emr: &'static str,
}

/// What reads the tables of runs.
#[derive(Serialize)]
struct Athena {
    database: String,
    first_day: &'static str,
    scan_bytes: u64,
}

/// The first day that Athena looks for: that of the first tweet there ever was, in whole years.
const FIRST_DAY: &str = "2006-01-01";

/// A machine of ours.
#[derive(Serialize)]
struct Host {
    instance_type: String,
    /// `arm64` or `x86_64`: which image it starts from.
    architecture: &'static str,
}

/// A host of the model endpoint.
#[derive(Serialize)]
struct EndpointHost {
    /// Its name in the template, and that of the output which has its instance.
    id: String,
    output: String,
    /// The letter of its subnet.
    zone: char,
}

/// A subnet.
#[derive(Serialize)]
struct Zone {
    letter: char,
    index: usize,
    range: String,
}

/// A way between two groups of the EMR cluster.
#[derive(Serialize)]
struct Pair {
    from: &'static str,
    from_group: &'static str,
    to: &'static str,
    to_group: &'static str,
}

/// An interface endpoint: `ssm`, and a name that CloudFormation takes.
#[derive(Serialize)]
struct Service {
    id: &'static str,
    service: &'static str,
}

/// Every condition that a template has.
#[derive(Serialize)]
struct Has {
    network: bool,
    private: bool,
    /// A way out, for machines; a warehouse alone needs none.
    internet: bool,
    /// A remote run's machine, which is there while there is such a run; what it alone needs is there as long.
    runner: bool,
    vpc: bool,
    gateway: bool,
    batch_parameters: bool,
    /// Interface endpoints: what a private network needs for each service.
    endpoint_logs: bool,
    endpoint_hosts: bool,
    endpoints: bool,
    stream: bool,
    stream_on_demand: bool,
    emr: bool,
    emr_tasks: bool,
    emr_spot: bool,
    emr_serverless: bool,
    redshift: bool,
    redshift_cluster: bool,
    redshift_many_nodes: bool,
    redshift_serverless: bool,
    grafana: bool,
    dashboard: bool,
    alarms: bool,
    athena: bool,
    versioning: bool,
    raw_days: bool,
    image: bool,
    endpoint: bool,
    /// A load balancer before several hosts.
    endpoint_balancer: bool,
    /// The function that scores the stream's packets.
    scorer: bool,
}

impl Context {
    pub fn of(part: Part, settings: &StackSettings) -> Result<Self> {
        let names = Names::of(settings);
        let has = Has::of(settings);
        let dashboard = match part {
            Part::Batch if has.dashboard => Some(dashboard::batch(settings, &names)),
            Part::Live if has.dashboard => Some(dashboard::live(settings, &names)),
            Part::Storage | Part::Batch | Part::Live => None,
        };
        let dashboard = dashboard.map(|body| serde_json::to_string(&body)).transpose();
        let dashboard = dashboard
            .map_err(|e| Error::failed("the dashboard cannot be written").because(e))?
            .unwrap_or_default();
        Ok(Self {
            stack: Stacks {
                storage: names.stack(Part::Storage),
                batch: names.stack(Part::Batch),
                live: names.stack(Part::Live),
            },
            role: Roles::of(&names),
            // CloudFormation fills in the account.
            bucket: names.bucket("${AWS::AccountId}"),
            dead_letters: names.dead_letters(),
            function: names.function(),
            scorer: names.scorer(),
            scorer_failed: names.scorer_failed(),
            scoring: Scoring::of(settings),
            log_prefix: names.log_prefix(),
            tag: Tags { name: tag::NAME, emr: tag::EMR },
            storage: settings.storage.clone(),
            athena: Athena {
                database: names.database(),
                first_day: FIRST_DAY,
                scan_bytes: limits::ATHENA_SCAN_BYTES,
            },
            stream: settings.stream.clone(),
            emr: settings.emr.clone(),
            emr_serverless: settings.emr_serverless.clone(),
            redshift_cluster: settings.redshift_cluster.clone(),
            redshift_serverless: settings.redshift_serverless.clone(),
            grafana: Host::new(&settings.grafana_type),
            grafana_files: grafana::prefix(),
            endpoint: Host::new(&settings.live.endpoint_type),
            endpoint_hosts: endpoint_hosts(settings.live.endpoint_hosts),
            endpoint_url: match has.endpoint_balancer {
                true => "http://${EndpointBalancer.DNSName}:8080",
                false => "http://${EndpointHost.PrivateIp}:8080",
            },
            balancer: names.balancer(),
            live: settings.live.clone(),
            function_lang: functions::lang(settings),
            firehose_compression: functions::firehose_compression(part, settings.live.compression)?,
            zones: zones(3, |index| format!("10.42.{}.0/20", index * 16)),
            live_zones: zones(2, |index| format!("10.43.0.{}/25", index * 128)),
            emr_pairs: emr_pairs(),
            emr_waits: emr_waits(has.private),
            endpoint_services: endpoint_services(&has, settings.redshift != Provision::None),
            emr_serverless_disk: settings.emr_serverless.max_vcpu.div_ceil(4).max(1) * 20,
            has,
            dashboard,
            name: names.name,
            region: names.region,
        })
    }
}

fn zones(count: usize, range: impl Fn(usize) -> String) -> Vec<Zone> {
    ('A'..)
        .take(count)
        .enumerate()
        .map(|(index, letter)| Zone { letter, index, range: range(index) })
        .collect()
}

/// The hosts of the model endpoint, in the two zones in turn. The first is named as if it were the only one, so that
/// it stays when others come.
fn endpoint_hosts(count: u32) -> Vec<EndpointHost> {
    let number = |host: u32| if host == 1 { String::new() } else { host.to_string() };
    (1..=count)
        .zip("AB".chars().cycle())
        .map(|(host, zone)| EndpointHost {
            id: format!("EndpointHost{}", number(host)),
            output: format!("EndpointInstanceId{}", number(host)),
            zone,
        })
        .collect()
}

fn emr_pairs() -> Vec<Pair> {
    let groups = [("EmrPrimary", "EmrPrimaryGroup"), ("EmrNodes", "EmrNodesGroup")];
    let mut pairs = Vec::new();
    for (from, from_group) in groups {
        for (to, to_group) in groups {
            pairs.push(Pair { from, from_group, to, to_group });
        }
    }
    pairs
}

/// The ways out and among the nodes: without them the cluster fails while it starts.
fn emr_waits(private: bool) -> Vec<&'static str> {
    let mut waits = vec!["BucketEndpoint", "SubnetARoute", "SubnetBRoute", "SubnetCRoute"];
    if private {
        waits.extend(["EndpointLogs", "EmrServiceFromPrimary", "EmrPrimaryToService"]);
        waits.extend(["EmrPrimaryFromService", "EmrNodesFromService"]);
    } else {
        waits.push("RouteOut");
    }
    waits
}

/// What a private network needs an interface endpoint for: logs, and for the Grafana host its password, its queries
/// and Session Manager. Each bills.
fn endpoint_services(has: &Has, redshift: bool) -> Vec<Service> {
    let mut services = Vec::new();
    if has.endpoint_logs {
        services.push(Service { id: "Logs", service: "logs" });
    }
    if has.endpoint_hosts {
        services.push(Service { id: "Ssm", service: "ssm" });
        services.push(Service { id: "SsmMessages", service: "ssmmessages" });
        services.push(Service { id: "Secrets", service: "secretsmanager" });
    }
    if has.endpoint_hosts && redshift {
        services.push(Service { id: "RedshiftData", service: "redshift-data" });
    }
    services
}

impl Roles {
    fn of(names: &Names) -> Self {
        Self {
            deploy: names.role(Role::Deploy),
            ttl: names.role(Role::Ttl),
            emr: names.role(Role::EmrService),
            emr_nodes: names.role(Role::EmrNodes),
            emr_job: names.role(Role::EmrJob),
            redshift: names.role(Role::Redshift),
            grafana: names.role(Role::Grafana),
            runner: names.role(Role::Runner),
            function: names.role(Role::Function),
            scorer: names.role(Role::Scorer),
            firehose: names.role(Role::Firehose),
            endpoint: names.role(Role::Endpoint),
        }
    }
}

impl Has {
    fn of(settings: &StackSettings) -> Self {
        let private = settings.network == Network::Private;
        let network = wants_network(settings);
        let spark = settings.spark != Provision::None;
        let internet = !private && (settings.spark == Provision::Cluster || settings.grafana);
        // It reads what is on the internet, and speaks to services that a private network has no endpoints for.
        let runner = !private;
        let endpoint_logs = private && (spark || settings.grafana);
        let endpoint_hosts = private && settings.grafana;
        Self {
            network,
            private,
            internet,
            runner,
            vpc: network || runner,
            gateway: internet || runner,
            batch_parameters: settings.spark == Provision::Cluster
                || settings.grafana
                || runner
                || settings.scorer.is_some(),
            endpoint_logs,
            endpoint_hosts,
            endpoints: endpoint_logs || endpoint_hosts,
            stream: settings.stream.mode != StreamMode::None,
            stream_on_demand: settings.stream.mode == StreamMode::OnDemand,
            emr: settings.spark == Provision::Cluster,
            emr_tasks: settings.emr.task_count > 0,
            emr_spot: settings.emr.task_spot,
            emr_serverless: settings.spark == Provision::Serverless,
            redshift: settings.redshift != Provision::None,
            redshift_cluster: settings.redshift == Provision::Cluster,
            redshift_many_nodes: settings.redshift_cluster.nodes > 1,
            redshift_serverless: settings.redshift == Provision::Serverless,
            grafana: settings.grafana,
            dashboard: settings.cloudwatch_dashboard,
            alarms: settings.alarms,
            athena: settings.storage.athena,
            versioning: settings.storage.versioning,
            raw_days: settings.storage.raw_days > 0,
            image: settings.live.package == Package::Image,
            endpoint: settings.live.endpoint == Endpoint::Ec2,
            endpoint_balancer: settings.live.balanced(),
            scorer: settings.scorer.is_some(),
        }
    }
}

impl Host {
    fn new(instance_type: &str) -> Self {
        let architecture = Architecture::of_instance(instance_type).word();
        Self { instance_type: instance_type.to_owned(), architecture }
    }
}
