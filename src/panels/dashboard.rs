//! Grafana's dashboards, made of the panels: classic JSON, as Grafana exports it. `grafana/dashboards/` has what this
//! makes, held by a test. It knows Grafana's words for pictures, and nothing of Grafana's host.

use serde_json::{Map, Value, json};

use super::list::{Kind, Panel, Variable, panel, variables};
use crate::error::{Error, Result};

/// The datasource of `grafana/provisioning/datasources/`.
pub const DATASOURCE_UID: &str = "sentistack-redshift";
/// Its plugin.
pub const DATASOURCE_TYPE: &str = "grafana-redshift-datasource";

/// Version of the dashboard's own shape.
const SCHEMA_VERSION: u32 = 42;
/// Columns of Grafana's grid.
pub const GRID_COLUMNS: u32 = 24;

/// A dashboard of Grafana's.
#[derive(Clone, Debug, PartialEq)]
pub struct Dashboard {
    /// As its file is called: `sentiment`.
    pub name: &'static str,
    pub json: Value,
}

/// A panel's place: columns from the left, rows from the top, width and height in them.
type Place = (&'static str, u32, u32, u32, u32);

const SENTIMENT: &[Place] = &[
    ("share_positive", 0, 0, 6, 6),
    ("share_negative", 6, 0, 6, 6),
    ("share_neutral", 12, 0, 6, 6),
    ("share_mixed", 18, 0, 6, 6),
    ("total", 0, 6, 6, 8),
    ("tweets_by_window", 6, 6, 18, 8),
    ("average_scores", 0, 14, 6, 9),
    ("timeline", 6, 14, 18, 9),
    ("share_over_time", 0, 23, 24, 9),
    ("telling", 0, 32, 24, 11),
    ("windows", 0, 43, 12, 8),
    ("sources", 12, 43, 12, 8),
    ("models", 0, 51, 12, 7),
    ("langs", 12, 51, 12, 7),
    ("window_tweets", 0, 58, 24, 11),
];

const RUNS: &[Place] = &[
    ("runs", 0, 0, 24, 12),
    ("run_stages", 0, 12, 24, 10),
    ("models", 0, 22, 12, 8),
    ("sources", 12, 22, 12, 8),
    ("windows", 0, 30, 24, 9),
];

/// All dashboards.
///
/// # Errors
/// If one names a panel that is not there.
pub fn dashboards() -> Result<Vec<Dashboard>> {
    Ok(vec![
        dashboard("sentiment", "Sentiment", "now-7d", SENTIMENT, true)?,
        dashboard("runs", "Runs", "now-30d", RUNS, false)?,
    ])
}

fn dashboard(
    name: &'static str,
    title: &str,
    since: &str,
    places: &[Place],
    marked: bool,
) -> Result<Dashboard> {
    let find = |name: &str| panel(name).ok_or_else(|| Error::failed(format!("there is no panel {name}")));
    let mut shown = Vec::new();
    let mut queries = String::new();
    for (id, &(name, x, y, w, h)) in (1..).zip(places) {
        let panel = find(name)?;
        queries.push_str(panel.sql);
        shown.push(drawn(id, panel, json!({"x": x, "y": y, "w": w, "h": h})));
    }
    let mut marks = vec![json!({
        "builtIn": 1, "datasource": {"type": "grafana", "uid": "-- Grafana --"}, "enable": true, "hide": true,
        "iconColor": "rgba(0, 211, 255, 1)", "name": "Annotations & Alerts", "type": "dashboard",
    })];
    if marked {
        let panel = find("marks")?;
        marks.push(json!({
            "datasource": datasource(), "enable": true, "hide": false, "iconColor": "orange",
            "name": panel.title, "target": target(panel),
        }));
    }
    // A filter that no query here asks for is left out.
    let asked = |variable: &&Variable| queries.contains(&format!("${{{}:sqlstring}}", variable.name));
    let json = json!({
        "annotations": {"list": marks},
        "editable": false,
        "fiscalYearStartMonth": 0,
        "graphTooltip": 1,
        "id": null,
        "links": links(name),
        "liveNow": false,
        "panels": shown,
        "refresh": "",
        "schemaVersion": SCHEMA_VERSION,
        "tags": ["sentistack"],
        "templating": {"list": variables().iter().filter(asked).map(filter).collect::<Vec<_>>()},
        "time": {"from": since, "to": "now"},
        // Every query bills: nothing is asked again by itself, and never more often than this.
        "timepicker": {"refresh_intervals": ["5m", "15m", "30m", "1h"]},
        "timezone": "utc",
        "title": title,
        "uid": uid(name),
        "version": 1,
        "weekStart": "",
    });
    Ok(Dashboard { name, json })
}

fn uid(name: &str) -> String {
    format!("sentistack-{name}")
}

/// The other dashboards, over the same time.
fn links(name: &str) -> Value {
    let other = if name == "runs" { ("sentiment", "Sentiment") } else { ("runs", "Runs") };
    json!([{
        "asDropdown": false, "icon": "dashboard", "includeVars": false, "keepTime": true, "tags": [],
        "targetBlank": false, "title": other.1, "tooltip": "", "type": "link",
        "url": format!("/d/{}", uid(other.0)),
    }])
}

fn datasource() -> Value {
    json!({"type": DATASOURCE_TYPE, "uid": DATASOURCE_UID})
}

/// A query. Series are wide already, so nothing is filled in.
fn target(panel: &Panel) -> Value {
    json!({
        "datasource": datasource(),
        "fillMode": {"mode": 1},
        "format": if is_series(panel.kind) { 0 } else { 1 },
        "rawSQL": panel.sql,
        "refId": "A",
    })
}

fn is_series(kind: Kind) -> bool {
    match kind {
        Kind::Bars | Kind::Lines | Kind::Band => true,
        Kind::Gauge | Kind::Number | Kind::Ring | Kind::Table | Kind::Marks => false,
    }
}

/// A filter. "All" is the string `*`, quotes and all, since Grafana puts it there as it is; a value that holds a
/// backslash is not offered, since Grafana escapes quotes alone and in Redshift's strings a backslash escapes too.
fn filter(variable: &Variable) -> Value {
    let mut made = Map::new();
    let mut put = |key: &str, value: Value| made.insert(key.to_owned(), value);
    put("name", variable.name.into());
    put("label", variable.label.into());
    put("hide", 0.into());
    put("includeAll", variable.many.into());
    put("multi", variable.many.into());
    put("skipUrlSync", false.into());
    if variable.many {
        put("allValue", "'*'".into());
        put("current", json!({"text": ["All"], "value": ["$__all"]}));
    } else {
        put("current", json!({}));
    }
    match variable.sql {
        Some(sql) => {
            put("type", "query".into());
            put("datasource", datasource());
            put("definition", sql.into());
            put("query", json!({"format": 1, "fillMode": {"mode": 1}, "rawSQL": sql, "refId": "A"}));
            // Of a changed time range only what is asked by time depends.
            put("refresh", if sql.contains("$__time") { 2 } else { 1 }.into());
            put("regex", r"/^[^\\]+$/".into());
            put("sort", 0.into());
            put("options", json!([]));
        }
        None => {
            put("type", "custom".into());
            put("query", variable.fixed.join(",").into());
            let all = variable.many.then_some(("All", "$__all", true));
            let fixed = variable.fixed.iter().map(|&value| (value, value, false));
            let options = all.into_iter().chain(fixed);
            let option =
                |(text, value, selected)| json!({"text": text, "value": value, "selected": selected});
            put("options", options.map(option).collect());
        }
    }
    made.into()
}

fn drawn(id: u32, panel: &Panel, place: Value) -> Value {
    let (kind, defaults, overrides, options) = match panel.kind {
        Kind::Gauge => gauge(panel),
        Kind::Number => number(),
        Kind::Ring => ring(),
        Kind::Bars => series(json!({"unit": "short", "decimals": 0}), "bars", 70, vec![]),
        Kind::Lines => series(json!({"unit": "percentunit"}), "line", 10, by_label()),
        Kind::Band => band(),
        Kind::Table | Kind::Marks => table(),
    };
    json!({
        "id": id,
        "type": kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": datasource(),
        "gridPos": place,
        "fieldConfig": {"defaults": defaults, "overrides": overrides},
        "options": options,
        "targets": [target(panel)],
    })
}

/// A picture's type, its fields' settings, those of single fields, and its own.
type Drawn = (&'static str, Value, Value, Value);

const LABELS: [(&str, &str); 4] =
    [("positive", "green"), ("negative", "red"), ("neutral", "blue"), ("mixed", "purple")];

fn color(label: &str) -> &'static str {
    LABELS.iter().find(|(name, _)| *name == label).map_or("text", |(_, color)| color)
}

fn fixed(color: &str) -> Value {
    json!({"mode": "fixed", "fixedColor": color})
}

fn reduced() -> Value {
    json!({"calcs": ["lastNotNull"], "fields": "", "values": false})
}

fn gauge(panel: &Panel) -> Drawn {
    let label = panel.name.trim_start_matches("share_");
    let defaults = json!({
        "unit": "percentunit", "decimals": 1, "min": 0, "max": 1, "noValue": "none scored",
        "displayName": panel.title, "color": fixed(color(label)),
    });
    let options = json!({
        "orientation": "auto", "reduceOptions": reduced(), "showThresholdLabels": false, "showThresholdMarkers": false,
    });
    ("gauge", defaults, json!([]), options)
}

fn number() -> Drawn {
    let options = json!({
        "colorMode": "none", "graphMode": "none", "justifyMode": "center", "orientation": "auto",
        "reduceOptions": reduced(), "textMode": "value",
    });
    ("stat", json!({"unit": "locale", "decimals": 0}), json!([]), options)
}

/// Each label in its own colour.
fn colored(name: impl Fn(&str) -> String) -> Vec<Value> {
    let one = |(label, color): &(&str, &str)| {
        json!({
            "matcher": {"id": "byName", "options": name(label)},
            "properties": [{"id": "color", "value": fixed(color)}],
        })
    };
    LABELS.iter().map(one).collect()
}

fn by_label() -> Vec<Value> {
    colored(|label| label.to_owned())
}

fn ring() -> Drawn {
    let options = json!({
        "displayLabels": ["percent"],
        "legend": {"displayMode": "table", "placement": "bottom", "showLegend": true, "values": ["value"]},
        "pieType": "donut",
        "reduceOptions": reduced(),
        "tooltip": {"mode": "single", "sort": "none"},
    });
    ("piechart", json!({"unit": "percentunit", "decimals": 3}), by_label().into(), options)
}

fn over_time() -> Value {
    json!({
        "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": true},
        "tooltip": {"mode": "multi", "sort": "none"},
    })
}

fn series(mut defaults: Value, style: &str, fill: u32, overrides: Vec<Value>) -> Drawn {
    let custom = json!({
        "drawStyle": style, "fillOpacity": fill, "lineWidth": 1, "showPoints": "auto", "spanNulls": false,
    });
    if let Some(defaults) = defaults.as_object_mut() {
        defaults.insert("custom".to_owned(), custom);
    }
    ("timeseries", defaults, overrides.into(), over_time())
}

/// The interval of each share is the space between its two ends, which have no line and no name of their own.
fn band() -> Drawn {
    let mut overrides = by_label();
    for end in ["low", "high"] {
        overrides.extend(colored(|label| format!("{label}_{end}")));
    }
    overrides.push(json!({
        "matcher": {"id": "byRegexp", "options": "/_(low|high)$/"},
        "properties": [
            {"id": "custom.lineWidth", "value": 0},
            {"id": "custom.showPoints", "value": "never"},
            {"id": "custom.hideFrom", "value": {"legend": true, "tooltip": false, "viz": false}},
        ],
    }));
    for (label, _) in LABELS {
        overrides.push(json!({
            "matcher": {"id": "byName", "options": format!("{label}_high")},
            "properties": [
                {"id": "custom.fillBelowTo", "value": format!("{label}_low")},
                {"id": "custom.fillOpacity", "value": 15},
            ],
        }));
    }
    series(json!({"unit": "percentunit", "min": 0, "max": 1}), "line", 0, overrides)
}

/// Cells are text: nothing of a post is taken for markup. Links go to http and https alone; the query sees to it.
fn table() -> Drawn {
    let percent = "/^(average_)?(positive|negative|neutral|mixed)$|^probability$/";
    let status = |word: &str, color: &str| json!({word: {"color": color, "index": 0}});
    let overrides = json!([
        {"matcher": {"id": "byRegexp", "options": percent},
         "properties": [{"id": "unit", "value": "percentunit"}, {"id": "decimals", "value": 1}]},
        {"matcher": {"id": "byName", "options": "text"},
         "properties": [{"id": "custom.cellOptions", "value": {"type": "auto", "wrapText": true}},
                        {"id": "custom.minWidth", "value": 400}]},
        {"matcher": {"id": "byName", "options": "post_url"},
         "properties": [{"id": "links", "value": [
             {"title": "Open the post", "url": "${__value.raw}", "targetBlank": true}]}]},
        {"matcher": {"id": "byName", "options": "status"},
         "properties": [
             {"id": "custom.cellOptions", "value": {"type": "color-text"}},
             {"id": "mappings", "value": [
                 {"type": "value", "options": status("capped", "orange")},
                 {"type": "value", "options": status("partial", "red")},
                 {"type": "value", "options": status("empty", "text")}]}]},
    ]);
    let defaults = json!({"custom": {"align": "auto", "cellOptions": {"type": "auto"}, "filterable": false}});
    ("table", defaults, overrides, json!({"cellHeight": "sm", "showHeader": true}))
}

#[cfg(test)]
#[path = "dashboard_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "shape_tests.rs"]
mod shape;
