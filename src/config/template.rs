//! The `app.yaml` that `init` writes: every setting with its default and a word on what it is for.

/// A commented settings file. Settings that have a default stand there with it; the others are commented out
/// (`#key: value`) with an example. It means exactly what no file means.
pub fn app_yaml() -> &'static str {
    TEMPLATE
}

const TEMPLATE: &str = r#"# yaml-language-server: $schema=docs/app.schema.json
#
# Settings of sentistack. Every line may go: what is missing has the default shown here.
# A flag wins over the environment (SENTISTACK_WINDOW=15m), which wins over this file.
# Lines that start with `#` and a setting's name have no default; take the # away to use them.

# ---- What is read -----------------------------------------------------------------------------

# Where posts come from: sample (synthetic, the same for a seed), replay (files), x-search, bluesky;
# x-stream for live run.
# Naming input on the command line makes it replay.
source: sample

# What replay reads: files, folders or globs, plain, .gz or .zst; - is the standard input.
#input: [posts.jsonl.gz]

# What x-search, x-stream and bluesky look for, in the source's own query language.
#query: '"united airlines" -is:retweet'

# The run's subject as a slug. It is part of every row's key, so two topics never mix.
# Without it: made from the query, else from the name of the first input.
#topic: us-airlines

# The first moment that counts, and the first that no longer does. UTC unless it says otherwise.
# A day, a time (2015-02-17T10:00), now, or a time from now (-3d).
#start: 2015-02-17
#end: 2015-02-21

# How long from start, or up to end; give two of the three.
#duration: 4d

# Posts read at most. Without it the sample makes 33,000 and everything else is read to its end.
#limit: 100000

# Posts kept of each window at most. Without it there is no cap (x-search: 100, and never below 10).
#max_per_window: 100

# What the sample's randomness starts from.
seed: 42

# Languages that are scored, as tags: [en, de], or all. Posts in others are kept and counted.
lang: [en]

# Repeated retweets of one post inside a window count once.
collapse_retweets: true

# What is kept of the people who wrote the posts: pseudonym (a keyed hash), keep, or aggregate
# (no table of posts, only of windows).
privacy: pseudonym

# Where Bluesky's stream is read.
bluesky:
  # Instances of Jetstream; the next one is used when one is down. Without it: the four public ones.
  #url: [wss://jetstream2.us-east.bsky.network, wss://jetstream2.us-west.bsky.network]
# How x-search and x-stream ask X.
x:
  # What is asked for beside the posts: none, users (their authors), references (the posts that they
  # repeat, quote or answer: a retweet then has its full text), or all. X may bill it.
  expand: references
  # Of a window with more than max_per_window: newest, or spread over the window (more requests).
  sample: newest
  # Where the API is: https, or http on this machine alone.
  base_url: https://api.x.com
  # Where the bearer token is: env:NAME, file:PATH or secret:NAME (AWS Secrets Manager).
  token: env:X_BEARER_TOKEN

# ---- What is made of it -----------------------------------------------------------------------

# Length of a window: it divides a day (15m, 1h, 6h) or is whole days (1d, 7d). pandas' 15T is fine.
window: 15m

# What scores the posts: embedded, vader, comprehend, endpoint, or the path of a model file.
model: embedded

# The HTTP service that scores posts for model endpoint; docs/endpoint.md has its shape.
endpoint:
  # Where it is: https, or http on this machine. Without it there is none.
  #url: https://models.example.com/predict
  # Posts of one request.
  batch: 25
  # How long one request may take.
  timeout: 30s
  # Requests at the same time.
  concurrency: 4
  # Where its token is, never the token itself: env:NAME or file:PATH. Without it: none is sent.
  #token: env:ENDPOINT_TOKEN

# What `sentistack serve` is: this tool as such a service.
serve:
  # The address that it listens on. 127.0.0.1 is this machine alone.
  host: 127.0.0.1
  # Its port; 0: any that is free.
  port: 8080
  # Bytes of a request.
  max_body: 2_000_000
  # Texts of a request.
  max_texts: 1000
  # How long a request may take, from its head to its answer.
  timeout: 10s
  # Requests at the same time; more are told to come back (503).
  concurrency: 64
  # Connections at the same time.
  connections: 512
  # How long it still answers when it is told to stop, with /health at 503. Without it: not at all.
  #drain: 15s

# Format of the table files: parquet or csv.
table_format: parquet

# true: the first line that cannot be read ends the run. false: it is counted and kept aside.
strict: false

# Share of lines that may be unreadable before the run ends with exit code 7.
max_rejected: 1%

# US dollars that a run may cost at most; it is refused beforehand when the estimate is higher.
# Without it there is no limit, except 5 for a source that is paid for.
#max_cost: 5

# ---- Where it is done -------------------------------------------------------------------------

# Where runs are kept: a folder, or s3://bucket/prefix.
root: ./sentistack-data

# local or aws: a preset over the three that follow it, each of which can be set alone.
on: local

# What carries packets of posts to the scorer: memory or kinesis.
#stream: memory

# What joins and aggregates: embedded, emr or emr-serverless.
#transform: embedded

# Where the tables are loaded for SQL: sqlite, redshift, redshift-serverless or none.
#warehouse: sqlite

# ---- The stack on AWS -------------------------------------------------------------------------

# Its name; the bucket is <name>-<account>-<region>.
name: sentistack

# The only account that may be touched; any other is refused. Worth setting.
#allow_account: "123456789012"

# The region. Without it: as AWS's own environment and profile say.
#region: us-east-1

# The profile of ~/.aws with the credentials. Without it: AWS's own default.
#profile: default

# What `stack up` provisions. The defaults are the small clusters; `stack plan` has their prices.
stack:
  # Time until all that bills is deleted, whether this machine is awake or not: 4h, 2d, or off.
  ttl: 4h
  # A folder of templates that take the place of the built-in ones.
  #templates: ./templates
  # egress: public subnets, no way in. private: no internet at all, dearer by its endpoints.
  network: egress
  # Spark: cluster, serverless or none. Without it: as transform says where given, else cluster.
  #spark: cluster
  # The warehouse: cluster, serverless or none. Without it: as warehouse says, else cluster.
  #redshift: cluster
  # provisioned (each shard bills by the hour), on-demand, or none.
  stream_mode: provisioned
  # Each shard takes 1,000 records and 1 MB a second.
  #stream_shards: 1
  # Hours that records stay in the stream, 24 to 8760.
  stream_hours: 24
  # EMR's release label.
  emr_release: emr-7.13.0
  # Instance type of the primary node.
  emr_primary_type: m6g.xlarge
  # Instance type of the core nodes.
  emr_core_type: m6g.xlarge
  # Core nodes.
  emr_core_count: 1
  # Instance type of the task nodes.
  emr_task_type: m6g.xlarge
  # Task nodes.
  emr_task_count: 0
  # Whether task nodes are Spot instances.
  emr_task_spot: true
  # Idle time after which the cluster ends by itself.
  emr_idle: 15m
  # vCPU that EMR Serverless may use at once.
  emr_max_vcpu: 16
  # Memory in GB that EMR Serverless may use at once.
  emr_max_memory_gb: 64
  # Node type of the Redshift cluster.
  redshift_node_type: ra3.large
  # Nodes of the Redshift cluster.
  redshift_nodes: 1
  # Base capacity of Redshift Serverless in RPU: 4, or 8 to 512 in steps of 8.
  redshift_rpu: 4
  # Its largest capacity. Without it: twice the base.
  #redshift_max_rpu: 8
  # A Grafana host on EC2; it is reached through Session Manager, no port is open.
  grafana: true
  # Instance type of the Grafana host.
  grafana_type: t4g.small
  # Instance type of a remote run's machine. Without it: a small one of the program's processor.
  #runner_type: t3.medium
  # A CloudWatch dashboard.
  cloudwatch_dashboard: true
  # CloudWatch alarms: idle cluster, late consumer, full disk, and the like.
  alarms: true
  # A Glue database and an Athena workgroup over the tables of runs; they bill when asked.
  athena: true
  # Whether the bucket keeps old versions of objects.
  versioning: false
  # Days after which raw posts are deleted from the bucket; 0: never.
  raw_days: 30
  # Days that logs are kept.
  log_days: 14

# Who scores a run's packets.
score:
  # here, or lambda: the stack's function reads the stream and scores (with stream kinesis).
  on: here
  # With lambda: how long nothing may come of it before it is asked again, then given up.
  wait: 5m
  # Memory of the function in MiB.
  function_mb: 512
  # Functions at once for each shard of the stream.
  parallel: 4

# The live path: Firehose, a function with the model inside, delivery to the bucket.
live:
  # Whether `stack up` brings it up too.
  enabled: false
  # zip, or image: a container image, pushed without Docker.
  package: zip
  # x86_64 or arm64.
  architecture: x86_64
  # Memory of the function in MiB.
  function_mb: 512
  # What a delivered line has: row (all columns), or text-only (text, label and scores).
  include: row
  # How delivered objects are packed: none or gzip. zstd is for `live run --local`.
  compression: none
  # none: the model inside the function. ec2: an HTTP endpoint of the stack.
  endpoint: none
  # Who scores where the endpoint does not: none (records fail, and can be sent again), embedded.
  fallback: none
  # Instance type of the endpoint.
  endpoint_type: c7g.large
  # Its hosts; with more than one, a network load balancer stands before them.
  endpoint_hosts: 1
  # Firehose delivers at this many MB, or after so many seconds.
  buffer_mb: 1
  # 0 to 900.
  buffer_seconds: 60
"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{File, Layers, resolve, schema};
    use jiff::Timestamp;

    fn now() -> Timestamp {
        "2024-05-06T07:08:09Z".parse().unwrap()
    }

    fn resolved(text: &str) -> crate::config::Resolved {
        let file = File::parse("app.yaml", text).unwrap_or_else(|e| panic!("{e}\n{text}"));
        let layers = Layers { file: Some(file), ..Layers::default() };
        resolve(&layers, now()).unwrap_or_else(|e| panic!("{e}\n{text}"))
    }

    /// Every line that is a setting, or would be without its `#`, with its path.
    fn settings() -> impl Iterator<Item = (Vec<String>, &'static str)> {
        let mut section = None;
        TEMPLATE.lines().filter_map(move |line| {
            let bare = line.trim_start().trim_start_matches('#');
            let key = bare.split_once(':')?.0.to_owned();
            if key.is_empty() || !key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
                return None;
            }
            if line.starts_with(' ') {
                return Some((vec![section.clone()?, key], line));
            }
            section = Some(key.clone());
            Some((vec![key], line))
        })
    }

    /// Lines such as `#limit: 100000`.
    fn examples() -> Vec<(Vec<String>, &'static str)> {
        settings().filter(|(_, line)| line.trim_start().starts_with('#')).collect()
    }

    #[test]
    fn the_template_means_what_no_file_means() {
        assert_eq!(resolved(TEMPLATE), resolve(&Layers::default(), now()).unwrap());
    }

    #[test]
    fn the_template_names_every_setting_once() {
        for path in schema::setting_paths(&schema()) {
            let found = settings().filter(|(found, _)| *found == path);
            assert_eq!(found.count(), 1, "{path:?}");
        }
    }

    #[test]
    fn every_commented_setting_is_a_working_example() {
        assert!(examples().len() > 10);
        for (path, example) in examples() {
            let bare = example.trim_start().strip_prefix('#').unwrap();
            let setting = if path.len() > 1 { format!("{}:\n  {bare}", path[0]) } else { bare.to_owned() };
            let setting = setting.as_str();
            let file = File::parse("app.yaml", setting).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(file.typed.given().len(), 1, "{setting}");
            let beside = if setting.starts_with("duration") { "start: 2015-02-17\n" } else { "" };
            resolved(&format!("{beside}{setting}"));
        }
    }

    #[test]
    fn every_setting_is_explained_above_it_in_lines_that_fit() {
        let lines: Vec<&str> = TEMPLATE.lines().collect();
        for (i, line) in lines.iter().enumerate() {
            assert!(line.chars().count() <= 100 && !line.contains('\t'), "{line}");
            let line = &line.trim_start();
            let is_setting = line.contains(':') && !line.starts_with("# ") && *line != "#";
            let above = lines.get(i.wrapping_sub(1)).copied().unwrap_or_default().trim_start();
            let is_section =
                matches!(*line, "stack:" | "live:" | "score:" | "bluesky:" | "endpoint:" | "serve:" | "x:");
            assert!(
                !is_setting || is_section || above.starts_with("# ") || above.starts_with("#start:"),
                "{line}"
            );
        }
        assert!(TEMPLATE.starts_with("# yaml-language-server: $schema=docs/app.schema.json\n"));
    }
}
