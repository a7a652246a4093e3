//! What is set in the dashboards and in the provisioning is known to Grafana: a slip in a name would be ignored in silence.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// Keys that Grafana knows, as far as they are used, of every object in a dashboard. A list's place is `[]`; in the list of
/// panels it is the panel's type.
const KNOWN: &[(&str, &str)] = &[
    (
        "",
        "annotations editable fiscalYearStartMonth graphTooltip id links liveNow panels refresh schemaVersion tags \
         templating time timepicker timezone title uid version weekStart",
    ),
    ("annotations", "list"),
    ("annotations.list[]", "builtIn datasource enable hide iconColor name target type"),
    ("links[]", "asDropdown icon includeVars keepTime tags targetBlank title tooltip type url"),
    ("templating", "list"),
    (
        "templating.list[]",
        "allValue current datasource definition hide includeAll label multi name options query refresh regex \
         skipUrlSync sort type",
    ),
    ("templating.list[].current", "text value"),
    ("templating.list[].options[]", "selected text value"),
    ("templating.list[].query", "fillMode format rawSQL refId"),
    ("time", "from to"),
    ("timepicker", "refresh_intervals"),
    (".datasource", "type uid"),
    (".fillMode", "mode"),
    (".target", "datasource fillMode format rawSQL refId"),
    (".targets[]", "datasource fillMode format rawSQL refId"),
    ("panels[]", "datasource description fieldConfig gridPos id options targets title type"),
    (".gridPos", "h w x y"),
    (".fieldConfig", "defaults overrides"),
    (".defaults", "color custom decimals displayName max min noValue unit"),
    (".color", "fixedColor mode"),
    ("gauge.custom", ""),
    ("timeseries.custom", "drawStyle fillOpacity lineWidth showPoints spanNulls"),
    ("table.custom", "align cellOptions filterable"),
    (".cellOptions", "type"),
    (".overrides[]", "matcher properties"),
    (".matcher", "id options"),
    (".properties[]", "id value"),
    ("gauge.options", "orientation reduceOptions showThresholdLabels showThresholdMarkers"),
    ("stat.options", "colorMode graphMode justifyMode orientation reduceOptions textMode"),
    ("piechart.options", "displayLabels legend pieType reduceOptions tooltip"),
    ("timeseries.options", "legend tooltip"),
    ("table.options", "cellHeight showHeader"),
    (".reduceOptions", "calcs fields values"),
    ("piechart.options.legend", "displayMode placement showLegend values"),
    ("timeseries.options.legend", "calcs displayMode placement showLegend"),
    (".tooltip", "mode sort"),
];

/// What a property of a single field may be set to: its keys where it is an object, of each in a list where it is one, and
/// nothing where it is a plain value.
const PROPERTIES: &[(&str, &str)] = &[
    ("color", "fixedColor mode"),
    ("custom.cellOptions", "type wrapText"),
    ("custom.fillBelowTo", ""),
    ("custom.fillOpacity", ""),
    ("custom.hideFrom", "legend tooltip viz"),
    ("custom.lineWidth", ""),
    ("custom.minWidth", ""),
    ("custom.showPoints", ""),
    ("decimals", ""),
    ("links", "targetBlank title url"),
    ("mappings", "options type"),
    ("unit", ""),
];

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().map(|object| object.keys().map(String::as_str).collect()).unwrap_or_default()
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split_whitespace().collect()
}

/// Every object below `value` with its place; what single fields' properties are set to is left out.
fn objects<'a>(value: &'a Value, at: &str, found: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(object) => {
            found.push((at.to_owned(), value));
            for (key, value) in object {
                if !(key == "value" && at.ends_with("properties[]")) {
                    objects(value, &format!("{at}.{key}"), found);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                let at = match item["type"].as_str() {
                    Some(kind) if at == ".panels" => kind.to_owned(),
                    _ => format!("{at}[]"),
                };
                objects(item, &at, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The longest entry of the table that a place ends with.
fn known(at: &str) -> Option<BTreeSet<&'static str>> {
    let pictures = ["gauge", "stat", "piechart", "timeseries", "table"];
    let at = if pictures.contains(&at) { "panels[]" } else { at.trim_start_matches('.') };
    let fits = |name: &str| {
        at == name || (!name.is_empty() && format!(".{at}").ends_with(name)) || {
            let (kind, rest) = name.split_once('.').unwrap_or((name, ""));
            pictures.contains(&kind) && at.starts_with(kind) && at.ends_with(&format!(".{rest}"))
        }
    };
    KNOWN
        .iter()
        .filter(|(name, _)| fits(name))
        .max_by_key(|(name, _)| name.len())
        .map(|(_, keys)| words(keys))
}

#[test]
fn nothing_is_set_that_grafana_does_not_know() {
    let properties: BTreeMap<&str, BTreeSet<&str>> =
        PROPERTIES.iter().map(|(name, keys)| (*name, words(keys))).collect();
    for dashboard in dashboards().unwrap() {
        let mut found = Vec::new();
        objects(&dashboard.json, "", &mut found);
        assert!(found.len() > 100);
        for (at, object) in found {
            let known = known(&at).unwrap_or_else(|| panic!("{}: {at} is not known", dashboard.name));
            assert!(keys(object).is_subset(&known), "{} {at}: {object}", dashboard.name);
            if at.ends_with("properties[]") {
                let id = object["id"].as_str().unwrap();
                let known = properties.get(id).unwrap_or_else(|| panic!("{at}: there is no property {id}"));
                let set = &object["value"];
                let each: Vec<&Value> =
                    set.as_array().map_or_else(|| vec![set], |items| items.iter().collect());
                assert!(each.iter().all(|value| keys(value).is_subset(known)), "{at} {id}: {set}");
            }
        }
    }
}

#[test]
fn dashboards_lead_to_each_other() {
    let all = dashboards().unwrap();
    let uids: BTreeSet<String> =
        all.iter().map(|dashboard| dashboard.json["uid"].as_str().unwrap().to_owned()).collect();
    assert_eq!(uids.len(), all.len());
    // Grafana takes no longer ones.
    assert!(uids.iter().all(|uid| uid.len() <= 40));
    for dashboard in &all {
        for link in dashboard.json["links"].as_array().unwrap() {
            let to = link["url"].as_str().unwrap().strip_prefix("/d/").unwrap();
            assert!(uids.contains(to) && dashboard.json["uid"] != to, "{link}");
        }
        assert_eq!(dashboard.json["schemaVersion"], 42);
    }
}

/// A file below `grafana/`, and the same without its comments.
fn file(name: &str) -> String {
    std::fs::read_to_string(format!("{}/grafana/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Where the dashboards are put, where Grafana looks for them, and where its home is, are one folder.
#[test]
fn the_dashboards_are_looked_for_where_they_are_put() {
    let provided: Value = serde_yaml::from_str(&file("provisioning/dashboards/sentistack.yaml")).unwrap();
    assert_eq!(keys(&provided), words("apiVersion providers"));
    let provider = &provided["providers"][0];
    assert_eq!(provided["providers"].as_array().unwrap().len(), 1);
    assert_eq!(
        keys(provider),
        words("allowUiUpdates disableDeletion folder name options orgId type updateIntervalSeconds")
    );
    assert_eq!(keys(&provider["options"]), words("foldersFromFilesStructure path"));
    let folder = provider["options"]["path"].as_str().unwrap();
    let script = file("install.sh");
    let parts = ["settings=\"$root/etc/grafana\"", "own=\"$settings/sentistack\"", "\"$own/dashboards/\""];
    assert!(parts.iter().all(|part| script.contains(part)));
    assert_eq!(folder, "/etc/grafana/sentistack/dashboards");
    let ini = file("grafana.ini");
    let home = ini.lines().find_map(|line| line.strip_prefix("default_home_dashboard_path = ")).unwrap();
    let name = home.strip_prefix(&format!("{folder}/")).unwrap().strip_suffix(".json").unwrap();
    assert!(dashboards().unwrap().iter().any(|dashboard| dashboard.name == name), "{home}");
}

#[test]
fn grafanas_settings_are_safe() {
    let ini = file("grafana.ini");
    let mut section = "";
    let mut set = BTreeMap::new();
    for line in ini.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            Some(name) => section = name,
            None => {
                let (key, value) = line.split_once(" = ").unwrap();
                assert_eq!(set.insert(format!("{section}/{key}"), value), None, "{line} twice");
            }
        }
    }
    for (key, value) in [
        ("server/http_addr", "127.0.0.1"),
        ("auth.anonymous/enabled", "false"),
        ("users/allow_sign_up", "false"),
        ("public_dashboards/enabled", "false"),
        ("snapshots/external_enabled", "false"),
        ("analytics/reporting_enabled", "false"),
        ("panels/disable_sanitize_html", "false"),
        ("plugins/plugin_admin_enabled", "false"),
        ("dashboards/min_refresh_interval", "5m"),
    ] {
        assert_eq!(set.get(key), Some(&value), "{key}");
    }
    assert!(set["security/admin_password"].starts_with("$__file{"));
    // Nothing unsigned is loaded.
    assert!(!set.contains_key("plugins/allow_loading_unsigned_plugins"));
}
