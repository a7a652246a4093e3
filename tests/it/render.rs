//! The templates of many settings files: what they hold, and that nothing of it changes unnoticed.
//! `UPDATE_SNAPSHOTS=1` writes the files under `tests/it/snapshots/` anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use sentistack::config::{File, Layers, StackSettings, resolve_stack};
use sentistack::render;
use sentistack::stack::names::{Names, Part};
use serde_yaml::Value;

use crate::support;

/// Stacks of one settings file, all three of them where `live` is asked for.
pub type Rendered = BTreeMap<Part, String>;

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it")
}

pub fn settings(text: &str) -> StackSettings {
    let file = Some(File::parse("app.yaml", text).unwrap());
    resolve_stack(&Layers { file, ..Layers::default() }).unwrap()
}

pub fn of(settings: &StackSettings) -> Rendered {
    render::parts(settings)
        .into_iter()
        .map(|part| (part, render::render(part, settings, &|_| None).unwrap()))
        .collect()
}

/// Every settings file in `tests/it/settings/`, by name.
pub fn all() -> BTreeMap<String, StackSettings> {
    let files: BTreeMap<_, _> = std::fs::read_dir(folder().join("settings"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, settings(&std::fs::read_to_string(&path).unwrap()))
        })
        .collect();
    assert!(files.len() >= 12, "{}", files.len());
    files
}

/// The types of the resources, by name.
pub fn types(text: &str) -> BTreeMap<String, String> {
    let value: Value = serde_yaml::from_str(text).unwrap();
    let resources = value["Resources"].as_mapping().unwrap();
    resources
        .iter()
        .map(|(name, resource)| {
            (name.as_str().unwrap().to_owned(), resource["Type"].as_str().unwrap().to_owned())
        })
        .collect()
}

fn has(rendered: &Rendered, resource: &str) -> bool {
    rendered.values().any(|text| types(text).contains_key(resource))
}

/// Whether a resource is there for the machine of a remote run alone.
fn waits_for_a_run(text: &str, resource: &str) -> bool {
    let value: Value = serde_yaml::from_str(text).unwrap();
    value["Resources"][resource].get("Condition").and_then(Value::as_str) == Some("HasRunner")
}

#[test]
fn the_templates_are_those_that_are_checked_in() {
    let update = std::env::var_os("UPDATE_SNAPSHOTS").is_some();
    let mut wanted = BTreeSet::new();
    let mut changed = Vec::new();
    for (name, settings) in all() {
        for (part, text) in of(&settings) {
            // The storage stacks differ in little: another test holds that, and one of them stands for all.
            if part == Part::Storage && name != "defaults" {
                continue;
            }
            let path = folder().join("snapshots").join(&name).join(format!("{part}.yaml"));
            if update {
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(&path, &text).unwrap();
            } else if std::fs::read_to_string(&path).unwrap_or_default() != text {
                changed.push(path.display().to_string());
            }
            wanted.insert(path);
        }
    }
    assert!(changed.is_empty(), "changed (UPDATE_SNAPSHOTS=1 writes them anew):\n{}", changed.join("\n"));
    let there: BTreeSet<PathBuf> = support::tree(&folder().join("snapshots"))
        .into_keys()
        .map(|name| folder().join("snapshots").join(name))
        .collect();
    assert_eq!(there, wanted, "a snapshot that nothing makes");
}

#[test]
fn storage_depends_on_its_own_settings_alone() {
    let line = |settings: &StackSettings| {
        let text = render::render(Part::Storage, settings, &|_| None).unwrap();
        let database = Names::of(settings).database();
        let balancer = Names::of(settings).balancer();
        let text = text.replace(&settings.name, "NAME").replace(&database, "NAME");
        text.replace(&balancer, "NAME").replace(&settings.region, "REGION")
    };
    let mut plain = settings("");
    for (name, mut settings) in all() {
        plain.name.clone_from(&settings.name);
        plain.region.clone_from(&settings.region);
        settings.storage = plain.storage.clone();
        assert_eq!(line(&settings), line(&plain), "{name}");
    }
}

#[test]
fn the_same_settings_give_the_same_bytes_and_they_fit_into_the_call() {
    for (name, settings) in all() {
        let first = of(&settings);
        assert_eq!(first, of(&settings), "{name}");
        for (part, text) in first {
            let sent = render::stamped(&text, &settings);
            assert!(!render::through_bucket(&sent), "{name} {part}: {} bytes", sent.len());
            assert_eq!(types(&sent), types(&text), "{name} {part}");
            assert_eq!(render::check(&sent), [], "{name} {part}");
            assert_eq!(render::settings_of(&sent), Some(settings.clone()), "{name} {part}");
            assert_eq!(render::check(&text), [], "{name} {part}");
            // Built-in templates are not read back when they are rendered: here they are.
            let rendered = render::rendered(part, &settings, &|_| None).unwrap();
            assert_eq!(rendered.resources(), types(&text).len(), "{name} {part}");
            assert!(text.is_ascii() && !text.contains("{{") && !text.contains('\t'), "{name} {part}");
            assert!(
                text.lines().all(|line| line.trim_end() == line),
                "{name} {part}: blanks at the end of a line"
            );
        }
    }
}

#[test]
fn only_what_is_chosen_is_there() {
    let groups: &[(&str, &[&str])] = &[
        (
            "stack: { spark: none }",
            &["EmrCluster", "EmrSecurity", "EmrKey", "EmrPrimaryGroup", "EmrIdleAlarm"],
        ),
        (
            "stack: { redshift: none }",
            &["RedshiftCluster", "RedshiftSubnets", "RedshiftGroup", "RedshiftDiskAlarm"],
        ),
        ("stack: { stream_mode: none }", &["Stream", "StreamLateAlarm", "StreamThrottledAlarm"]),
        ("stack: { grafana: false }", &["GrafanaHost", "GrafanaPassword", "GrafanaGroup", "GrafanaAlarm"]),
        ("stack: { cloudwatch_dashboard: false }", &["Dashboard"]),
        ("stack: { athena: false }", &["Catalog", "TweetTable", "SentimentTable", "Queries"]),
        (
            "stack: { alarms: false }",
            &["StreamLateAlarm", "EmrIdleAlarm", "RedshiftDiskAlarm", "TtlFailedAlarm"],
        ),
    ];
    let full = of(&settings(""));
    for (text, gone) in groups {
        let less = of(&settings(text));
        for resource in *gone {
            assert!(has(&full, resource), "{resource}");
            assert!(!has(&less, resource), "{text}: {resource}");
        }
        // Whatever else was there still is, but for alarms of what is gone.
        for (part, rendered) in &full {
            for name in types(rendered).into_keys() {
                let kept = types(&less[part]).contains_key(&name);
                let related = gone.iter().any(|one| name == *one)
                    || name.starts_with("Emr")
                    || name.starts_with("Redshift");
                assert!(kept || related || name.ends_with("Alarm"), "{text} took {name} away");
            }
        }
    }
    assert!(
        !full.contains_key(&Part::Live) && of(&settings("live: { enabled: true }")).contains_key(&Part::Live)
    );
}

#[test]
fn serverless_takes_the_place_of_clusters() {
    let rendered = of(&settings("stack: { spark: serverless, redshift: serverless, grafana: false }"));
    for there in ["EmrApplication", "RedshiftNamespace", "RedshiftWorkgroup", "Vpc"] {
        assert!(has(&rendered, there), "{there}");
    }
    for gone in ["EmrCluster", "RedshiftCluster", "EmrKey", "EmrServerlessGroup"] {
        assert!(!has(&rendered, gone), "{gone}");
    }
    // A warehouse alone has no way out.
    assert!(waits_for_a_run(&rendered[&Part::Batch], "Gateway"));
    assert!(!waits_for_a_run(&rendered[&Part::Batch], "Vpc"));
    // Nothing that needs a network: none.
    let rendered = of(&settings("stack: { spark: serverless, redshift: none, grafana: false }"));
    assert!(waits_for_a_run(&rendered[&Part::Batch], "Vpc") && has(&rendered, "EmrApplication"));
}

/// What a machine of a remote run needs comes and goes with it, whatever else the stack has.
#[test]
fn a_remote_runs_machine_waits_for_a_run() {
    for (name, settings) in all() {
        let batch = &of(&settings)[&Part::Batch];
        let names: Vec<String> = types(batch).into_keys().collect();
        if settings.network == sentistack::config::stack::settings::Network::Private {
            assert!(!batch.contains("Runner"), "{name}: it has no way out");
            continue;
        }
        assert!(waits_for_a_run(batch, "Runner") && waits_for_a_run(batch, "RunnerGroup"), "{name}");
        for need in ["Vpc", "SubnetA", "SubnetARoute", "RouteOut", "GatewayAttachment", "BucketEndpoint"] {
            assert!(names.iter().any(|name| name == need), "{name}: {need}");
        }
        let waiting: Vec<&String> = names.iter().filter(|name| waits_for_a_run(batch, name)).collect();
        let network = |name: &str| {
            ["Vpc", "RouteTable", "Gateway", "RouteOut", "Subnet", "Bucket"]
                .iter()
                .any(|start| name.starts_with(start))
        };
        let other: Vec<_> =
            waiting.iter().filter(|name| !name.starts_with("Runner") && !network(name)).collect();
        assert!(other.is_empty(), "{name}: {other:?}");
    }
}

#[test]
fn every_boolean_changes_something() {
    let flips = [
        ("", "stack: { grafana: false }"),
        ("", "stack: { cloudwatch_dashboard: false }"),
        ("", "stack: { alarms: false }"),
        ("", "stack: { versioning: true }"),
        ("", "stack: { athena: false }"),
        ("stack: { emr_task_count: 1 }", "stack: { emr_task_count: 1, emr_task_spot: false }"),
        ("", "live: { enabled: true }"),
    ];
    for (one, other) in flips {
        assert_ne!(of(&settings(one)), of(&settings(other)), "{other}");
    }
    let spot = &of(&settings(flips[5].0))[&Part::Batch];
    assert!(spot.contains("price-capacity-optimized") && spot.contains("SWITCH_TO_ON_DEMAND"));
    assert!(!of(&settings(flips[5].1))[&Part::Batch].contains("Spot"));
    let versions = &of(&settings("stack: { versioning: true }"))[&Part::Storage];
    assert!(versions.contains("NoncurrentVersionExpiration") && versions.contains("VersioningConfiguration"));
    let kept = &of(&settings("stack: { raw_days: 0 }"))[&Part::Storage];
    assert!(!kept.contains("sentistack:kind"), "raw posts are kept for ever");
}

#[test]
fn nothing_lets_anyone_in_from_outside() {
    for (name, settings) in all() {
        for (part, text) in of(&settings) {
            let value: Value = serde_yaml::from_str(&text).unwrap();
            for (resource, body) in value["Resources"].as_mapping().unwrap() {
                let place = format!("{name} {part} {resource:?}");
                let properties = &body["Properties"];
                match body["Type"].as_str().unwrap() {
                    "AWS::EC2::SecurityGroup" => {
                        assert!(properties.get("SecurityGroupIngress").is_none(), "{place}")
                    }
                    "AWS::EC2::SecurityGroupIngress" => {
                        let range = properties.get("CidrIp").and_then(Value::as_str);
                        assert!(matches!(range, None | Some("10.42.0.0/16")), "{place}: {range:?}");
                    }
                    "AWS::Redshift::Cluster" | "AWS::RedshiftServerless::Workgroup" => {
                        assert_eq!(properties["PubliclyAccessible"], Value::Bool(false), "{place}");
                    }
                    "AWS::EC2::Instance" => {
                        assert_eq!(properties["MetadataOptions"]["HttpTokens"], "required", "{place}");
                        assert!(properties.get("KeyName").is_none(), "{place}");
                    }
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn a_private_network_has_no_way_out() {
    let rendered = of(&settings("stack: { network: private }\nlive: { enabled: true, endpoint: ec2 }"));
    for text in rendered.values() {
        let kinds: BTreeSet<String> = types(text).into_values().collect();
        assert!(!kinds.contains("AWS::EC2::InternetGateway") && !kinds.contains("AWS::EC2::Route"));
        assert!(!text.contains("MapPublicIpOnLaunch: true"));
    }
    for there in ["EndpointLogs", "EndpointSsm", "EndpointRedshiftData", "EmrServiceGroup", "BucketEndpoint"]
    {
        assert!(has(&rendered, there), "{there}");
    }
}

#[test]
fn templates_of_ones_own_take_the_place_of_the_built_in_ones() {
    let settings = settings("");
    let with = |path: &'static str, text: &'static str| {
        render::render(Part::Batch, &settings, &move |asked| (asked == path).then(|| text.to_owned()))
    };
    let own = with("partials/stream.yaml.hbs", "  Stream:\n    Type: AWS::Kinesis::Stream\n").unwrap();
    assert!(!own.contains("RetentionPeriodHours") && own.contains("EmrCluster"));
    let error = with("partials/stream.yaml.hbs", "  Stream:\n    Name: {{q nmae}}\n").unwrap_err();
    assert!(
        error.message.contains("partials/stream.yaml.hbs:2") && error.message.contains("nmae"),
        "{error}"
    );
    // A built-in one has lines too, where it is included in the wrong place.
    let misplaced = "Resources:\n{{#each zones}}\n{{> stream}}\n{{/each}}\n";
    let error = with("batch.yaml.hbs", misplaced).unwrap_err();
    assert!(error.message.contains("partials/stream.yaml.hbs:6: there is no setting name"), "{error}");
    let error = with("batch.yaml.hbs", "Resources:\n  {{#if x}}\n").unwrap_err();
    assert!(error.message.starts_with("template batch.yaml.hbs:"), "{error}");
    let error = with("batch.yaml.hbs", "Resources:\n  A: [\n").unwrap_err();
    assert!(error.message.contains("batch.yaml:"), "{error}");
    assert!(error.hint.is_some());
    let error = with("batch.yaml.hbs", "Parameters: {}\n").unwrap_err();
    assert!(error.message.contains("no Resources"), "{error}");
}

#[test]
fn a_rendered_stack_is_written_to_a_folder_or_printed() {
    let folder = support::folder();
    let ran = support::run(folder.path(), ["stack", "render", "--dir", "out", "-o", "json"]).expect(0);
    let document = ran.json();
    assert_eq!(document["command"], "stack render");
    let files = document["files"].as_array().unwrap();
    assert_eq!(files.len(), 2);
    for file in files {
        let path = file["path"].as_str().unwrap();
        assert!(Path::new(path).is_absolute());
        assert_eq!(std::fs::read(path).unwrap().len() as u64, file["bytes"].as_u64().unwrap());
        assert!(file["resources"].as_u64().unwrap() > 10);
    }
    // Its own output is written again, the same.
    let before = support::tree(folder.path());
    support::run(folder.path(), ["stack", "render", "--dir", "out"])
        .expect(0)
        .says(&["storage.yaml", "resources"]);
    assert_eq!(support::tree(folder.path()), before);
    let ran = support::run(folder.path(), ["stack", "render", "--stdout", "--only", "live"]).expect(0);
    assert!(ran.stdout.starts_with("AWSTemplateFormatVersion") && ran.stdout.contains("Delivery:"));
    assert_eq!(support::tree(folder.path()), before);
}

#[test]
fn the_stack_the_region_and_their_variables_are_obeyed() {
    let folder = support::folder();
    let name = |args: &[&str], variables: &[(&str, &str)]| {
        let mut tool = support::tool(folder.path());
        tool.args(["stack", "render", "-o", "json"]).args(args).envs(variables.iter().copied());
        let document = support::finish(&mut tool).expect(0).json();
        format!("{} {}", document["name"].as_str().unwrap(), document["region"].as_str().unwrap())
    };
    assert_eq!(name(&[], &[]), "sentistack us-east-1");
    assert_eq!(name(&["--stack", "mine", "--region", "eu-west-1"], &[]), "mine eu-west-1");
    assert_eq!(name(&[], &[("SENTISTACK_STACK", "theirs"), ("AWS_REGION", "us-west-2")]), "theirs us-west-2");
    assert_eq!(name(&[], &[("AWS_DEFAULT_REGION", "us-west-2")]), "sentistack us-west-2");
    std::fs::write(folder.path().join("app.yaml"), "name: filed\nregion: eu-central-1\n").unwrap();
    assert_eq!(name(&[], &[("AWS_REGION", "us-west-2")]), "filed eu-central-1");
    assert_eq!(name(&[], &[("SENTISTACK_REGION", "us-west-2")]), "filed us-west-2");
}

#[test]
fn bad_settings_of_the_stack_are_usage_errors_with_their_place() {
    let folder = support::folder();
    std::fs::write(folder.path().join("app.yaml"), "stack:\n  network: egress\n  ttl: 5m\n").unwrap();
    support::run(folder.path(), ["stack", "render"]).expect(2).says(&["app.yaml:3", "30m at least"]);
    support::run(folder.path(), ["stack", "render", "--region", "us-esat-1"]).expect(2).says(&["us-east-1"]);
    support::run(folder.path(), ["stack", "render", "--stack", "Upper"]).expect(2).says(&["--stack Upper"]);
    let mut tool = support::tool(folder.path());
    std::fs::write(folder.path().join("app.yaml"), "").unwrap();
    support::finish(tool.args(["stack", "render"]).env("AWS_REGION", "mars"))
        .expect(2)
        .says(&["AWS_REGION=mars"]);
    std::fs::write(folder.path().join("app.yaml"), "stack:\n  templates: nowhere\n").unwrap();
    support::run(folder.path(), ["stack", "render"]).expect(2).says(&["is no folder"]);
    std::fs::write(folder.path().join("app.yaml"), "stack:\n  templats: nowhere\n").unwrap();
    support::run(folder.path(), ["stack", "render"]).expect(2).says(&["templats", "templates"]);
}

#[test]
fn a_folder_of_templates_is_read_file_by_file() {
    let folder = support::folder();
    let own = folder.path().join("own/partials");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(folder.path().join("app.yaml"), "stack:\n  templates: own\n").unwrap();
    std::fs::write(own.join("README.md"), "not a template").unwrap();
    std::fs::write(own.join("stream.yaml.hbs"), "  Stream:\n    Type: AWS::Kinesis::Stream\n\n").unwrap();
    let ran = support::run(folder.path(), ["stack", "render", "--stdout", "--only", "batch"]).expect(0);
    assert!(!ran.stdout.contains("RetentionPeriodHours"));
    // What must not be sent is said, and the command fails.
    let wide = "  Stream:\n    Type: X\n    Properties: { A: !Ref Nothing, B: [{ Effect: Allow, Action: 's3:*' }] }\n";
    std::fs::write(own.join("stream.yaml.hbs"), wide).unwrap();
    support::run(folder.path(), ["stack", "render"]).expect(2).says(&[
        "Resources.Stream",
        "Nothing",
        "s3:*",
        "stack.templates",
    ]);
    std::fs::rename(own.join("stream.yaml.hbs"), own.join("steam.yaml.hbs")).unwrap();
    support::run(folder.path(), ["stack", "render"]).expect(2).says(&[
        "partials/steam.yaml.hbs",
        "did you mean",
        "partials/stream.yaml.hbs",
    ]);
}
