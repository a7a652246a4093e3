use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::panels::all;

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

#[test]
fn panels_have_ids_of_their_own_and_do_not_overlap() {
    for dashboard in dashboards().unwrap() {
        let mut taken = BTreeMap::new();
        let mut ids = BTreeSet::new();
        for panel in items(&dashboard.json["panels"]) {
            let id = panel["id"].as_u64().unwrap();
            assert!(id > 0 && ids.insert(id), "{id} twice");
            let place = |key: &str| panel["gridPos"][key].as_u64().unwrap();
            let (x, y, w, h) = (place("x"), place("y"), place("w"), place("h"));
            assert!(w > 0 && h > 0 && x + w <= u64::from(GRID_COLUMNS), "{}", panel["title"]);
            for cell in (x..x + w).flat_map(|column| (y..y + h).map(move |row| (column, row))) {
                assert_eq!(taken.insert(cell, id), None, "{} overlaps", panel["title"]);
            }
        }
        // No row of the grid is left open, or Grafana would move what is below it.
        let last = taken.keys().map(|cell| cell.1).max().unwrap();
        for row in 0..=last {
            assert!(taken.keys().any(|cell| cell.1 == row), "row {row} is empty");
        }
    }
}

#[test]
fn every_query_is_a_panels_file_and_every_panel_is_shown() {
    let mut shown = BTreeSet::new();
    for dashboard in dashboards().unwrap() {
        let marks = items(&dashboard.json["annotations"]["list"]).iter().filter(|mark| mark["builtIn"] != 1);
        let marks = marks.map(|mark| ("marks", &mark["target"]));
        let targets = items(&dashboard.json["panels"]).iter().map(|panel| {
            assert_eq!(items(&panel["targets"]).len(), 1);
            (panel["type"].as_str().unwrap(), &panel["targets"][0])
        });
        for (kind, target) in targets.chain(marks) {
            assert_eq!(keys(target), BTreeSet::from(["datasource", "fillMode", "format", "rawSQL", "refId"]));
            assert_eq!(target["fillMode"], json!({"mode": 1}));
            let file = all().iter().find(|panel| target["rawSQL"] == panel.sql).unwrap();
            shown.insert(file.name);
            // A series needs a column "time" of its own; whatever else is a table.
            let series = kind == "timeseries";
            assert_eq!(target["format"], json!(if series { 0 } else { 1 }), "{}", file.name);
            assert!(!series || file.sql.contains("window_time AS \"time\""), "{}", file.name);
        }
    }
    assert_eq!(shown, all().iter().map(|panel| panel.name).collect());
}

#[test]
fn one_datasource_is_named_everywhere() {
    let provisioned = |kind: &str| {
        let path =
            format!("{}/grafana/provisioning/datasources/redshift-{kind}.yaml", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let file: Value = serde_yaml::from_str(&text).unwrap();
        assert_eq!(keys(&file), BTreeSet::from(["apiVersion", "datasources"]));
        assert_eq!(items(&file["datasources"]).len(), 1);
        file["datasources"][0].clone()
    };
    let common = ["authType", "database", "defaultRegion", "useManagedSecret", "useServerless", "withEvent"];
    for (kind, own) in [("cluster", &["clusterIdentifier", "dbUser"][..]), ("serverless", &["workgroupName"])]
    {
        let source = provisioned(kind);
        assert_eq!((&source["uid"], &source["type"]), (&json!(DATASOURCE_UID), &json!(DATASOURCE_TYPE)));
        let known: BTreeSet<_> = common.iter().chain(own).copied().collect();
        assert_eq!(keys(&source["jsonData"]), known);
        let top = ["access", "editable", "isDefault", "jsonData", "name", "orgId", "type", "uid"];
        // No secret is provisioned.
        assert_eq!(keys(&source), BTreeSet::from(top));
        assert_eq!(source["jsonData"]["authType"], "default");
        assert_eq!(source["jsonData"]["useServerless"], json!(kind == "serverless"));
        assert_eq!(source["jsonData"]["useManagedSecret"], json!(false));
    }
    assert_eq!(provisioned("cluster")["jsonData"]["dbUser"], "grafana_ro");
    for dashboard in dashboards().unwrap() {
        let mut uids = BTreeSet::new();
        walk(&dashboard.json, &mut |object| {
            if let Some(uid) = object.get("datasource").and_then(|source| source["uid"].as_str()) {
                uids.insert(uid.to_owned());
            }
        });
        assert_eq!(uids, BTreeSet::from(["-- Grafana --".to_owned(), DATASOURCE_UID.to_owned()]));
    }
}

fn walk(value: &Value, each: &mut impl FnMut(&Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            each(object);
            object.values().for_each(|value| walk(value, each));
        }
        Value::Array(items) => items.iter().for_each(|value| walk(value, each)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn nothing_is_asked_again_by_itself() {
    for dashboard in dashboards().unwrap() {
        assert_eq!(dashboard.json["refresh"], "");
        let intervals = items(&dashboard.json["timepicker"]["refresh_intervals"]);
        let seconds = intervals.iter().map(|interval| {
            let (number, unit) = interval.as_str().unwrap().split_at(interval.as_str().unwrap().len() - 1);
            number.parse::<u64>().unwrap()
                * [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)]
                    .iter()
                    .find(|(u, _)| *u == unit)
                    .unwrap()
                    .1
        });
        assert_eq!(seconds.min(), Some(5 * 60));
    }
}

#[test]
fn filters_say_all_in_a_way_that_queries_understand() {
    for dashboard in dashboards().unwrap() {
        let mut names = BTreeSet::new();
        for filter in items(&dashboard.json["templating"]["list"]) {
            let name = filter["name"].as_str().unwrap();
            names.insert(name.to_owned());
            let many = !matches!(name, "model" | "window");
            assert_eq!((&filter["includeAll"], &filter["multi"]), (&json!(many), &json!(many)), "{name}");
            assert_eq!(filter.get("allValue").is_some(), many);
            assert!(!many || filter["allValue"] == "'*'");
            if filter["type"] == "query" {
                assert_eq!(filter["query"]["rawSQL"], filter["definition"]);
                assert_eq!(filter["query"]["format"], 1);
            }
        }
        // What a query asks for, its own choices' queries too, is there.
        let text = dashboard.json.to_string();
        for part in text.split("${").skip(1) {
            let name = part.split([':', '}']).next().unwrap();
            assert!(name == "__value.raw" || names.contains(name), "{}: {name}", dashboard.name);
        }
    }
}
