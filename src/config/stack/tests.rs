use super::settings::*;
use super::*;
use crate::config::{File, Layers, env};
use crate::error::Result;

fn resolved(text: &str) -> Result<StackSettings> {
    let file = Some(File::parse("app.yaml", text)?);
    resolve_stack(&Layers { file, ..Layers::default() })
}

fn good(text: &str) -> StackSettings {
    resolved(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn the_defaults_are_small_and_safe() {
    let settings = resolve_stack(&Layers::default()).unwrap();
    assert_eq!((settings.name.as_str(), settings.region.as_str()), ("sentistack", "us-east-1"));
    assert_eq!((settings.ttl_seconds, settings.max_cost), (Some(4 * 3600), 10.0));
    assert_eq!((settings.spark, settings.redshift), (Provision::Cluster, Provision::Cluster));
    assert_eq!(
        (settings.emr.core_count, settings.emr.task_count, settings.redshift_cluster.nodes),
        (1, 0, 1)
    );
    assert_eq!((settings.stream.shards, settings.stream.hours, settings.emr.idle_seconds), (1, 24, 900));
    assert_eq!(
        (settings.storage.raw_days, settings.storage.log_days, settings.storage.versioning),
        (30, 14, false)
    );
    assert_eq!(settings.network, Network::Egress);
    assert!(!settings.live.enabled && settings.grafana && settings.alarms && settings.cloudwatch_dashboard);
    assert_eq!(good(crate::config::app_yaml()), settings, "the file that init writes says the same");
}

#[test]
fn the_function_that_scores_is_there_where_it_is_asked_for() {
    assert_eq!(good("score: {function_mb: 1024}").scorer, None);
    assert_eq!(good("score: {on: lambda}").scorer, Some(Scorer { function_mb: 512, parallel: 4 }));
    let own = good("score: {on: lambda, function_mb: 1024, parallel: 10}");
    assert_eq!(own.scorer, Some(Scorer { function_mb: 1024, parallel: 10 }));
    for (text, message) in [
        ("score: {on: lambda, parallel: 11}", "score.parallel 11 at app.yaml:1 is out of range"),
        ("score: {function_mb: 64}", "score.function_mb 64 at app.yaml:1 is out of range"),
        ("stack: {stream_mode: none}\nscore: {on: lambda}", "score.on lambda at app.yaml:2 does not go with"),
    ] {
        let error = resolved(text).unwrap_err();
        assert!(error.message.starts_with(message), "{text}: {}", error.message);
    }
}

#[test]
fn a_wrong_value_is_named_with_its_place_and_what_would_do() {
    for (text, message, hint) in [
        (
            "region: us-esat-1",
            "region us-esat-1 at app.yaml:1 is no AWS region; did you mean \"us-east-1\"?",
            "us-east-1",
        ),
        ("stack:\n  ttl: 5m", "stack.ttl 5m at app.yaml:2 is less than", "30m at least"),
        ("stack:\n  ttl: soon", "stack.ttl soon at app.yaml:2", "4h"),
        ("max_cost: -1", "max_cost -1", "US dollars"),
        ("stack:\n  stream_shards: 501", "stack.stream_shards 501 at app.yaml:2 is out of range", "1 to 500"),
        ("stack:\n  stream_hours: 23", "stack.stream_hours 23", "24 to 8760"),
        (
            "stack:\n  stream_mode: on-demand\n  stream_shards: 2",
            "does not go with stream_mode on-demand",
            "provisioned",
        ),
        (
            "stack:\n  emr_release: 7.13",
            "stack.emr_release 7.13 at app.yaml:2 is no EMR release",
            "emr-7.13.0",
        ),
        (
            "stack:\n  emr_core_type: big",
            "stack.emr_core_type big at app.yaml:2 is no instance type",
            "m6g.xlarge",
        ),
        ("stack:\n  emr_core_count: 0", "stack.emr_core_count 0", "1 to 100"),
        ("stack:\n  emr_idle: 30s", "stack.emr_idle 30s at app.yaml:2 is out of range", "1m to 7d"),
        ("stack:\n  emr_max_vcpu: 1", "stack.emr_max_vcpu 1", "4 to 400"),
        ("stack:\n  redshift_node_type: dc2.large", "of a generation that AWS no longer starts", "ra3.large"),
        ("stack:\n  redshift_nodes: 0", "stack.redshift_nodes 0", "1 to 32"),
        ("stack:\n  redshift_rpu: 12", "is no capacity of Redshift Serverless", "multiple of 8"),
        (
            "stack:\n  redshift_rpu: 32\n  redshift_max_rpu: 16",
            "is no largest capacity",
            "not below redshift_rpu",
        ),
        ("stack:\n  log_days: 15", "no period that CloudWatch keeps logs for", "14, 30"),
        ("stack:\n  raw_days: 4000", "stack.raw_days 4000", "0 to 3650"),
        ("live:\n  function_mb: 64", "live.function_mb 64 at app.yaml:2 is out of range", "128 to 10240"),
        ("live:\n  buffer_mb: 129", "live.buffer_mb 129", "1 to 128"),
        ("live:\n  buffer_seconds: 901", "live.buffer_seconds 901", "0 to 900"),
        ("name: Upper", "name Upper at app.yaml:1 cannot be a stack's name", "a to z"),
    ] {
        let error = resolved(text).unwrap_err();
        assert!(error.message.contains(message), "{text}: {}", error.message);
        let said = error.hint.unwrap_or_default();
        assert!(said.contains(hint), "{text}: {said}");
    }
}

#[test]
fn a_wrong_shape_is_refused_by_the_reader_with_its_line() {
    for (text, word) in [
        ("stack:\n  netwrok: private", "network"),
        ("stack:\n  network: public", "egress"),
        ("stack:\n  grafana: perhaps", "app.yaml:2"),
        ("stack:\n  stream_shards: many", "app.yaml:2"),
        ("live:\n  architecture: arm", "arm64"),
        ("live:\n  package: tar", "zip"),
    ] {
        let error = resolved(text).unwrap_err();
        assert!(format!("{error} {:?}", error.hint).contains(word), "{text}: {error} {:?}", error.hint);
    }
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let error = resolved("stack:\n  ttl: 5m\n  redshift_rpu: 12\n  log_days: 15").unwrap_err();
    assert_eq!(error.causes.len(), 2, "{error}");
}

#[test]
fn the_environment_reaches_into_the_sections_and_wins_over_the_file() {
    let env = env::read([("SENTISTACK_STACK_TTL", "8h"), ("SENTISTACK_LIVE_ENABLED", "true")]).unwrap();
    let file = Some(File::parse("app.yaml", "stack:\n  ttl: 2h\n  grafana: false\n").unwrap());
    let layers = Layers { env, file, ..Layers::default() };
    let settings = resolve_stack(&layers).unwrap();
    assert_eq!(
        (settings.ttl_seconds, settings.live.enabled, settings.grafana),
        (Some(8 * 3600), true, false)
    );
    let env = env::read([("SENTISTACK_STACK_TTL", "1m")]).unwrap();
    let error = resolve_stack(&Layers { env, ..Layers::default() }).unwrap_err();
    assert!(error.message.starts_with("SENTISTACK_STACK_TTL=1m is less"), "{error}");
    let error = env::read([("SENTISTACK_STACK_TLL", "1m")]).unwrap_err();
    assert!(error.message.contains("SENTISTACK_STACK_TTL"), "{error}");
}

#[test]
fn what_the_pipeline_asks_for_is_provisioned_unless_the_stack_says_otherwise() {
    let pair = |text: &str| {
        let settings = good(text);
        (settings.spark, settings.redshift)
    };
    use Provision::{Cluster, None, Serverless};
    assert_eq!(pair("transform: emr-serverless\nwarehouse: redshift-serverless"), (Serverless, Serverless));
    assert_eq!(pair("transform: embedded\nwarehouse: sqlite"), (None, None));
    assert_eq!(pair("transform: embedded\nstack:\n  spark: cluster"), (Cluster, Cluster));
}

#[test]
fn a_time_to_live_may_be_off_and_a_base_sets_its_own_largest_capacity() {
    assert_eq!(good("stack:\n  ttl: off").ttl_seconds, Option::None);
    assert_eq!(good("stack:\n  ttl: 2d").ttl_seconds, Some(2 * 86_400));
    assert_eq!(good("stack:\n  redshift_rpu: 16").redshift_serverless.max_rpu, 32);
    assert_eq!(good("").redshift_serverless, RedshiftServerless { base_rpu: 4, max_rpu: 8 });
    assert_eq!(good("stack:\n  emr_release: emr-spark-8.0.0").emr.release, "emr-spark-8.0.0");
}
