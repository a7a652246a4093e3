use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::config::settings::SourceKind;
use crate::config::stack::region::PRICED;
use crate::config::stack::settings::{
    Architecture, Endpoint, Network, Package, Provision, StackSettings, StreamMode,
};
use crate::config::{Layers, resolve_stack};
use crate::error::ErrorKind;
use crate::stack::names::Part;

fn defaults() -> StackSettings {
    resolve_stack(&Layers::default()).unwrap()
}

/// The table as a reader of the file sees it, not through `Prices`.
fn by_hand() -> BTreeMap<(String, String), f64> {
    include_str!("prices.csv")
        .lines()
        .skip(1)
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            ((fields[0].to_owned(), fields[1].to_owned()), fields[3].parse().unwrap())
        })
        .collect()
}

#[test]
fn the_default_stack_is_the_sum_of_what_it_is_made_of() {
    let settings = defaults();
    let estimate = Estimate::of(&settings, &Prices::built_in(), None);
    let price = by_hand();
    let usd = |key: &str| price[&(key.to_owned(), "us-east-1".to_owned())];
    let by_hour = 2.0 * usd("ec2/m6g.xlarge")
        + 2.0 * usd("emr/m6g.xlarge")
        + usd("redshift/ra3.large")
        + usd("kinesis/shard-hour")
        + usd("ec2/t4g.small")
        + 3.0 * usd("vpc/ipv4-hour");
    let by_month = f64::from(2 * assume::EMR_NODE_GB + assume::GRAFANA_GB) * usd("ebs/gp3-gb-month")
        + usd("kms/key-month")
        + 2.0 * usd("secrets/secret-month")
        + usd("cloudwatch/dashboard-month")
        + f64::from(assume::ALARMS) * usd("cloudwatch/alarm-month");
    let expected = by_hour + by_month / 720.0;
    assert!((estimate.totals.usd_per_hour - expected).abs() < 1e-9);
    assert!((0.9..1.1).contains(&expected), "{expected}");
    assert!((estimate.totals.usd_for_ttl - expected * 4.0).abs() < 1e-9);
    assert!(estimate.totals.unknown.is_empty() && estimate.totals.unknown_by_use.is_empty());
    check_limit(&estimate, false).unwrap();
}

#[test]
fn the_bill_reads_like_a_bill() {
    let settings = defaults();
    let run = run_cost(&RunUse::new(3_300, SourceKind::XSearch), &settings, &Prices::built_in());
    let estimate = Estimate::of(&settings, &Prices::built_in(), Some(run));
    insta::assert_snapshot!(table::estimate(&estimate, 80));
}

#[test]
fn what_is_not_known_is_said_on_the_bill() {
    let mut settings = StackSettings {
        region: "eu-west-1".to_owned(),
        redshift: Provision::Serverless,
        spark: Provision::Serverless,
        ttl_seconds: None,
        ..defaults()
    };
    settings.stream.mode = StreamMode::OnDemand;
    settings.live.enabled = true;
    settings.live.endpoint = Endpoint::Ec2;
    let run = run_cost(&RunUse::new(1_000, SourceKind::Sample), &settings, &Prices::built_in());
    let estimate = Estimate::of(&settings, &Prices::built_in(), Some(run));
    insta::assert_snapshot!(table::estimate(&estimate, 80));
}

#[test]
fn the_document_has_the_fields_of_the_contract() {
    let estimate = Estimate::of(&defaults(), &Prices::built_in(), None);
    let document = serde_json::to_value(CostDocument::new(&estimate, "us-east-1", Some(1.5))).unwrap();
    for field in ["rows", "usd_per_hour", "unknown", "by_use", "alternatives", "usd_per_day", "usd_for_ttl"] {
        assert!(document.get(field).is_some(), "{field}");
    }
    for field in ["resource", "unit", "quantity", "usd_per_hour", "source"] {
        assert!(document["rows"][0].get(field).is_some(), "{field}");
    }
    assert_eq!(document["measured"], 1.5);
    assert_eq!(document["rows"][0]["part"], "batch");
    assert!(schemars::schema_for!(CostDocument).to_value().is_object());
}

#[test]
fn what_is_billed_by_use_says_what_holds_it() {
    let settings =
        StackSettings { redshift: Provision::Serverless, spark: Provision::Serverless, ..defaults() };
    let estimate = Estimate::of(&settings, &Prices::built_in(), None);
    let cap = |key: &str| estimate.rows.iter().find(|row| row.key == key).and_then(|row| row.usd_cap);
    let limit = estimate.usage_limit_rpu_hours.unwrap();
    assert!(limit > 20, "{limit}");
    assert_eq!(cap("redshift-serverless/rpu-hour"), Some(limit as f64 * 0.375));
    assert_eq!(cap("emr-serverless/x86-vcpu-hour"), Some(16.0 * 4.0 * 0.052624));
    assert_eq!(cap("s3/put"), None);
}

#[test]
fn in_a_region_without_prices_everything_is_unknown_and_nothing_is_zero() {
    let settings = StackSettings { region: "ap-south-2".to_owned(), ..defaults() };
    let estimate = Estimate::of(&settings, &Prices::built_in(), None);
    assert!(estimate.rows.iter().all(Row::is_unknown));
    assert!(estimate.rows.iter().all(|row| row.usd_per_hour.is_none() && row.source.is_none()));
    assert!(estimate.alternatives.iter().all(|other| other.usd_per_hour.is_none()));
    let error = check_limit(&estimate, false).unwrap_err();
    assert_eq!(error.kind, ErrorKind::CostLimit);
    assert!(error.message.contains("no price is known for EMR primary node"), "{}", error.message);
    assert!(error.hint.unwrap().contains("docs/prices.md"));
    check_limit(&estimate, true).unwrap();
}

#[test]
fn an_unknown_node_type_is_refused_by_name_in_every_region() {
    for region in PRICED {
        let mut settings = StackSettings { region: region.to_owned(), ..defaults() };
        settings.redshift_cluster.node_type = "rg.xlarge".to_owned();
        let estimate = Estimate::of(&settings, &Prices::built_in(), None);
        assert_eq!(estimate.totals.unknown, ["Redshift node (rg.xlarge)"]);
        let error = check_limit(&estimate, false).unwrap_err();
        assert_eq!(error.resource.as_deref(), Some("Redshift node (rg.xlarge)"));
    }
}

#[test]
fn a_limit_says_by_how_much_what_is_dearest_and_what_to_do() {
    let settings = StackSettings { ttl_seconds: Some(24 * 3600), ..defaults() };
    let estimate = Estimate::of(&settings, &Prices::built_in(), None);
    let error = check_limit(&estimate, false).unwrap_err();
    assert_eq!(error.kind, ErrorKind::CostLimit);
    insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint.clone().unwrap_or_default()));
    assert_eq!(error.resource.as_deref(), Some("Redshift node (ra3.large)"));
    let endless = StackSettings { ttl_seconds: None, max_cost: 100.0, ..defaults() };
    let error = check_limit(&Estimate::of(&endless, &Prices::built_in(), None), false).unwrap_err();
    assert!(error.message.contains("a month, as it has no ttl"), "{}", error.message);
}

#[test]
fn what_a_limit_suggests_is_enough() {
    let prices = Prices::built_in();
    let settings = StackSettings { ttl_seconds: Some(12 * 3600), ..defaults() };
    let error = check_limit(&Estimate::of(&settings, &prices, None), false).unwrap_err();
    let hint = error.hint.unwrap();
    let ttl = hint.strip_prefix("--ttl ").and_then(|rest| rest.split(';').next()).unwrap();
    let ttl = crate::config::duration::parse(ttl).unwrap().as_secs();
    let shorter = StackSettings { ttl_seconds: Some(ttl), ..settings.clone() };
    check_limit(&Estimate::of(&shorter, &prices, None), false).unwrap();
    let cost: f64 = hint.rsplit(' ').next().unwrap().parse().unwrap();
    let allowed = StackSettings { max_cost: cost, ..settings };
    check_limit(&Estimate::of(&allowed, &prices, None), false).unwrap();
}

#[test]
fn posts_of_x_cost_what_the_notes_say_and_are_refused_with_a_way_to_read_fewer() {
    let settings = defaults();
    let prices = Prices::built_in();
    let run = run_cost(&RunUse::new(33_000, SourceKind::XSearch), &settings, &prices);
    assert!((165.0..166.0).contains(&run.usd_low), "{}", run.usd_low);
    assert!((660.0..661.0).contains(&run.usd_high), "{}", run.usd_high);
    let error = check_limit(&Estimate::of(&settings, &prices, Some(run)), false).unwrap_err();
    assert!(error.hint.unwrap().contains("read fewer posts"));
    let free = run_cost(&RunUse::new(33_000, SourceKind::Replay), &settings, &prices);
    assert!(free.usd_high < 0.2, "{free:?}");
    let scored = RunUse { comprehend: true, ..RunUse::new(33_000, SourceKind::Replay) };
    let scored = run_cost(&scored, &settings, &prices);
    assert!((9.9..10.0).contains(&scored.usd_low) && scored.usd_high < 17.0, "{scored:?}");
}

#[test]
fn alternatives_name_the_other_way_and_its_busy_hour() {
    let found = alternatives(&defaults(), &Prices::built_in());
    let names: Vec<&str> = found.iter().map(|other| other.setting.as_str()).collect();
    assert_eq!(
        names,
        ["stack.spark: serverless", "stack.redshift: serverless", "stack.stream_mode: on-demand"]
    );
    assert_eq!(found[1].usd_per_busy_hour, Some(4.0 * 0.375));
    assert!(found[1].usd_per_hour.unwrap() < 0.6);
}

#[test]
fn a_private_network_has_endpoints_and_no_public_addresses() {
    let settings = StackSettings { network: Network::Private, ..defaults() };
    let rows = rows(&settings, &Prices::built_in());
    assert!(rows.iter().any(|row| row.key == "vpc/endpoint-hour" && row.quantity == 9.0));
    assert!(rows.iter().all(|row| row.key != "vpc/ipv4-hour"));
}

#[test]
fn spot_is_counted_at_the_whole_price_and_says_so() {
    let mut settings = defaults();
    settings.emr.task_count = 2;
    let rows = rows(&settings, &Prices::built_in());
    let task = rows.iter().find(|row| row.resource.starts_with("EMR task")).unwrap();
    assert_eq!(task.usd_per_hour, Some(2.0 * 0.154));
    assert!(task.note.as_deref().unwrap().contains("30-70 %"));
}

#[test]
fn an_unknown_price_of_a_unit_leaves_no_cap() {
    let settings =
        StackSettings { redshift: Provision::Serverless, region: "eu-west-1".to_owned(), ..defaults() };
    assert_eq!(usage_limit_rpu_hours(&settings, &Prices::built_in()), None);
    let error = check_limit(&Estimate::of(&settings, &Prices::built_in(), None), false).unwrap_err();
    assert_eq!(error.resource.as_deref(), Some("Redshift Serverless"));
    let poor = StackSettings { region: "us-east-1".to_owned(), max_cost: 2.1, ..settings };
    let estimate = Estimate::of(&poor, &Prices::built_in(), None);
    assert_eq!(estimate.usage_limit_rpu_hours, None);
    let error = check_limit(&estimate, false).unwrap_err();
    assert!(error.message.contains("less than one RPU-hour"), "{}", error.message);
}

fn provision() -> impl Strategy<Value = Provision> {
    prop_oneof![Just(Provision::Cluster), Just(Provision::Serverless), Just(Provision::None)]
}

fn kind() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("m6g.xlarge"),
        Just("m5.2xlarge"),
        Just("t4g.small"),
        Just("c7g.large"),
        Just("x9z.huge")
    ]
    .prop_map(str::to_owned)
}

prop_compose! {
    fn settings()(
        region in prop_oneof![Just("us-east-1"), Just("us-west-2"), Just("eu-west-1"), Just("sa-east-1")],
        ttl in proptest::option::of(1_800_u64..400_000),
        max_cost in 0.0..200.0_f64,
        private in any::<bool>(),
        (spark, redshift) in (provision(), provision()),
        mode in prop_oneof![Just(StreamMode::Provisioned), Just(StreamMode::OnDemand), Just(StreamMode::None)],
        (shards, hours) in (1_u32..20, 24_u32..8_760),
        (primary, core, task, grafana_type, node) in (kind(), kind(), kind(), kind(), prop_oneof![
            Just("ra3.large"), Just("ra3.xlplus"), Just("ra3.4xlarge"), Just("rg.large")]),
        (core_count, task_count, nodes, spot) in (1_u32..5, 0_u32..5, 1_u32..4, any::<bool>()),
        (grafana, dashboard, alarms, enabled) in any::<(bool, bool, bool, bool)>(),
        (image, x86, ec2) in any::<(bool, bool, bool)>(),
    ) -> StackSettings {
        let mut s = defaults();
        region.clone_into(&mut s.region);
        (s.ttl_seconds, s.max_cost) = (ttl, max_cost);
        s.network = if private { Network::Private } else { Network::Egress };
        (s.spark, s.redshift) = (spark, redshift);
        (s.stream.mode, s.stream.shards, s.stream.hours) = (mode, shards, hours);
        (s.emr.primary_type, s.emr.core_type, s.emr.task_type) = (primary, core, task);
        (s.emr.core_count, s.emr.task_count, s.emr.task_spot) = (core_count, task_count, spot);
        (s.redshift_cluster.node_type, s.redshift_cluster.nodes) = (node.to_owned(), nodes);
        (s.grafana, s.grafana_type) = (grafana, grafana_type);
        (s.cloudwatch_dashboard, s.alarms, s.live.enabled) = (dashboard, alarms, enabled);
        s.live.package = if image { Package::Image } else { Package::Zip };
        s.live.architecture = if x86 { Architecture::X86_64 } else { Architecture::Arm64 };
        s.live.endpoint = if ec2 { Endpoint::Ec2 } else { Endpoint::None };
        s
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_row_has_its_price_and_source_or_is_said_to_be_unknown(settings in settings()) {
        let table = by_hand();
        let estimate = Estimate::of(&settings, &Prices::built_in(), None);
        let mut sum = 0.0;
        for row in &estimate.rows {
            let price = table.get(&(row.key.clone(), settings.region.clone())).copied();
            prop_assert_eq!(row.usd_per_unit, price);
            prop_assert_eq!(row.source.is_some(), price.is_some());
            prop_assert_eq!(row.as_of.is_some(), price.is_some());
            let unknown = &estimate.totals.unknown;
            match (price, row.billed) {
                (None, Billed::ByUse) => {
                    prop_assert!(estimate.totals.unknown_by_use.contains(&row.resource));
                }
                (None, _) => prop_assert!(row.usd_per_hour.is_none() && unknown.contains(&row.resource)),
                (Some(_), Billed::ByUse) => prop_assert!(row.usd_per_hour.is_none()),
                (Some(usd), Billed::Hourly) => sum += usd * row.quantity,
                (Some(usd), Billed::Monthly) => sum += usd * row.quantity / 720.0,
            }
            prop_assert!(row.quantity > 0.0);
            prop_assert!(settings.live.enabled || row.part != Part::Live);
        }
        prop_assert!((estimate.totals.usd_per_hour - sum).abs() < 1e-9);
        if estimate.totals.unknown.is_empty() {
            prop_assert!(settings.region != "sa-east-1" || estimate.rows.iter().all(|row| !row.is_fixed()));
        } else {
            prop_assert_eq!(check_limit(&estimate, false).unwrap_err().kind, ErrorKind::CostLimit);
        }
    }

    #[test]
    fn the_cap_never_lets_the_whole_pass_the_limit(
        settings in settings(), spent in 0.0..20.0_f64, periods in 1_u64..4,
    ) {
        let prices = Prices::built_in();
        if let Some(limit) = usage_limit_over(&settings, &prices, spent, periods) {
            let rpu = prices.find("redshift-serverless/rpu-hour", &settings.region).unwrap().usd;
            let fixed = totals(&rows(&settings, &prices), hours(&settings)).usd_for_ttl;
            let whole = fixed + spent + (limit * periods) as f64 * rpu;
            prop_assert!(limit >= 1 && whole <= settings.max_cost + 1e-9, "{whole} {}", settings.max_cost);
        }
    }

    #[test]
    fn what_passes_the_check_stays_within_the_limit(settings in settings(), posts in 0_u64..5_000) {
        let prices = Prices::built_in();
        let run = run_cost(&RunUse::new(posts, SourceKind::XSearch), &settings, &prices);
        let estimate = Estimate::of(&settings, &prices, Some(run));
        let rpu = prices.find("redshift-serverless/rpu-hour", &settings.region).map_or(0.0, |price| price.usd);
        let capped = estimate.usage_limit_rpu_hours.unwrap_or_default() as f64 * rpu;
        if check_limit(&estimate, false).is_ok() {
            prop_assert!(estimate.usd() + capped <= settings.max_cost + 1e-9);
            prop_assert!(estimate.totals.unknown.is_empty());
        }
    }

    #[test]
    fn text_keeps_to_its_width(settings in settings(), width in 60_usize..120) {
        let prices = Prices::built_in();
        let run = run_cost(&RunUse::new(10, SourceKind::XSearch), &settings, &prices);
        let text = table::estimate(&Estimate::of(&settings, &prices, Some(run)), width);
        for line in text.lines() {
            prop_assert!(line.chars().count() <= width.max(80), "{line}");
        }
    }
}

#[test]
fn several_hosts_are_priced_with_the_balancer_before_them() {
    let fixed = |hosts: u32| {
        let mut settings = defaults();
        (settings.live.enabled, settings.live.endpoint) = (true, Endpoint::Ec2);
        settings.live.endpoint_hosts = hosts;
        Estimate::of(&settings, &Prices::built_in(), None).totals.usd_per_hour
    };
    let usd = |key: &str| Prices::built_in().find(key, "us-east-1").unwrap().usd;
    let host = usd("ec2/c7g.large")
        + usd("vpc/ipv4-hour")
        + f64::from(assume::ENDPOINT_GB) * usd("ebs/gp3-gb-month") / 720.0;
    assert!((fixed(3) - fixed(1) - 2.0 * host - usd("elb/network-hour")).abs() < 1e-9);
    assert!((fixed(2) - fixed(1) - host - 0.0225).abs() < 1e-9);
}
