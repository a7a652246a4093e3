//! `sentistack dashboard` over a bucket and over Redshift: the figures are those of the same run in a folder.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use serde_json::{Map, Value};

use super::ROOT;
use super::rows::same;
use crate::stack::bed::{Bed, bed};

/// Asks for every panel; prints the rows by panel.
const ASK: &str = "
import json, sys, urllib.request
url, found = sys.argv[1], {}
for name in sys.argv[2:]:
    with urllib.request.urlopen(f'{url}api/panels/{name}?model=embedded&window=900') as answer:
        found[name] = json.load(answer)['rows']
print(json.dumps(found))
";

const PANELS: [&str; 12] = [
    "share_positive",
    "share_mixed",
    "total",
    "tweets_by_window",
    "average_scores",
    "timeline",
    "share_over_time",
    "sources",
    "models",
    "langs",
    "runs",
    "run_stages",
];

struct Page(Child);

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// All panels as the page over this place shows them.
#[track_caller]
fn panels(bed: &Bed, place: &[&str]) -> Map<String, Value> {
    let mut tool = bed.tool();
    tool.args(["dashboard", "--port", "0", "--no-open", "-o", "ndjson"]).args(place);
    let mut page = Page(tool.stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(page.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{place:?} said {line:?}: {e}"));
    let asked = [&["-c", ASK, ready["url"].as_str().unwrap()][..], &PANELS].concat();
    bed.python(&asked).expect(0).json().as_object().unwrap().clone()
}

/// A time as SQLite writes it; Redshift gives no zone, and no fraction that is nothing.
fn plain(value: &Value) -> Value {
    let is_time = |text: &&str| text.len() >= 19 && text.as_bytes()[4] == b'-' && text.as_bytes()[13] == b':';
    match value.as_str().filter(is_time) {
        Some(time) => {
            let time = time.trim_end_matches('Z').replace('T', " ");
            let (second, fraction) = time.split_once('.').unwrap_or((&time, ""));
            format!("{second}.{}", fraction.trim_end_matches('0')).into()
        }
        None => value.clone(),
    }
}

#[track_caller]
fn are_the_same(one: &Map<String, Value>, other: &Map<String, Value>, which: &str) {
    for name in PANELS {
        let (left, right) = (one[name].as_array().unwrap(), other[name].as_array().unwrap());
        assert!(!left.is_empty(), "{name}");
        assert_eq!(left.len(), right.len(), "{which}: {name}");
        for (left, right) in left.iter().zip(right) {
            for (a, b) in left.as_array().unwrap().iter().zip(right.as_array().unwrap()) {
                assert!(same(&plain(a), &plain(b)), "{which}: {name}: {left} {right}");
            }
        }
    }
}

#[test]
fn the_page_shows_the_same_of_a_folder_of_the_bucket_and_of_redshift() {
    let Some(bed) = bed() else { return };
    bed.settings(
        "stack: {grafana: false, alarms: false, cloudwatch_dashboard: false, spark: none, stream_mode: none, \
         athena: false}\n",
    );
    bed.json(0, &["stack", "up", "--yes"]);
    let run = ["pipeline", "run", "--on", "aws", "--limit", "900", "--seed", "5", "--stream", "memory"];
    let made = bed.json(0, &[&run[..], &["--transform", "embedded", "--warehouse", "redshift"]].concat());
    let run_id = made["run_id"].as_str().unwrap();
    bed.json(0, &["pipeline", "pull", run_id, "--to", "here"]);

    let folder = panels(&bed, &["--root", "here"]);
    assert_eq!(folder["total"][0][0], made["tweets"]);
    assert_eq!(folder["run_stages"].as_array().unwrap().len(), 5);
    are_the_same(&folder, &panels(&bed, &["--root", ROOT]), "bucket");
    are_the_same(&folder, &panels(&bed, &["--on", "aws"]), "Redshift");
}
