//! What X finds, and what it refuses: pages, counts, and the checks before them. It sells and breaks nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Shared;

impl Shared {
    /// Second and place of the posts in the time asked for, newest first. X's times are whole seconds.
    pub(super) fn found(&self, parameters: &BTreeMap<String, String>) -> Vec<(i64, usize)> {
        let at = |name: &str| parameters[name].parse::<Timestamp>().unwrap().as_second();
        let span = at("start_time")..at("end_time");
        let inside = self.order.iter().filter(|(second, _, _)| span.contains(second));
        inside.map(|(second, _, place)| (*second, *place)).collect()
    }

    /// Newest first, with the fields and expansions that were asked for, as X does.
    pub(super) fn page(&self, parameters: &BTreeMap<String, String>) -> Value {
        let found = self.found(parameters);
        let from: usize = parameters.get("next_token").map_or(0, |token| token[1..].parse().unwrap());
        let most: usize = parameters["max_results"].parse().unwrap();
        let places = found.iter().skip(from).take(most).map(|(_, place)| *place);
        let posts: Vec<Value> =
            places.map(|place| only(&self.world.posts[place], parameters, "tweet.fields")).collect();
        let mut meta = json!({"result_count": posts.len()});
        if found.len() > from + posts.len() {
            meta["next_token"] = json!(format!("t{}", from + posts.len()));
        }
        let mut page = json!({"meta": meta});
        let includes = self.includes(&posts, parameters);
        if !posts.is_empty() {
            page["data"] = json!(posts);
        }
        if !includes.is_empty() {
            page["includes"] = json!(includes);
        }
        page
    }

    pub(super) fn includes(
        &self,
        posts: &[Value],
        parameters: &BTreeMap<String, String>,
    ) -> BTreeMap<&str, Vec<Value>> {
        let expansions = parameters.get("expansions").map(String::as_str).unwrap_or_default();
        let mut includes = BTreeMap::new();
        for (expansion, kind, fields) in
            [("author_id", "users", "user.fields"), ("referenced_tweets.id", "tweets", "tweet.fields")]
        {
            if !expansions.split(',').any(|one| one == expansion) {
                continue;
            }
            let wanted: BTreeSet<&str> = posts
                .iter()
                .flat_map(|post| match kind {
                    "users" => vec![post["author_id"].as_str()],
                    _ => post["referenced_tweets"]
                        .as_array()
                        .into_iter()
                        .flatten()
                        .map(|r| r["id"].as_str())
                        .collect(),
                })
                .flatten()
                .collect();
            let there = self.world.includes.get(kind).into_iter().flatten();
            let there = there.filter(|one| wanted.contains(one["id"].as_str().unwrap_or_default()));
            let there: Vec<Value> = there.map(|one| only(one, parameters, fields)).collect();
            if !there.is_empty() {
                includes.insert(kind, there);
            }
        }
        includes
    }

    /// Counts by the minute; minutes at the ends are cut.
    pub(super) fn minutes(&self, parameters: &BTreeMap<String, String>) -> Value {
        let at = |name: &str| parameters[name].parse::<Timestamp>().unwrap().as_second();
        let (start, end) = (at("start_time"), at("end_time"));
        let mut by_minute: BTreeMap<i64, u64> = BTreeMap::new();
        let found = self.found(parameters);
        for (second, _) in &found {
            *by_minute.entry(second.div_euclid(60)).or_default() += 1;
        }
        // A page has 600 minutes, so that tests see more than one.
        let from = parameters.get("next_token").map_or(start, |token| token[1..].parse().unwrap());
        let mut buckets = Vec::new();
        let mut minute = from;
        while minute < end && buckets.len() < 600 {
            let next = (minute.div_euclid(60) * 60 + 60).min(end);
            let count = by_minute.get(&minute.div_euclid(60)).copied().unwrap_or_default();
            let shown = |second: i64| Timestamp::from_second(second).unwrap().to_string();
            buckets.push(json!({"start": shown(minute), "end": shown(next), "tweet_count": count}));
            minute = next;
        }
        let mut meta = json!({"total_tweet_count": found.len()});
        if minute < end {
            meta["next_token"] = json!(format!("m{minute}"));
        }
        json!({"data": buckets, "meta": meta})
    }
}

/// The fields that were asked for, with those that X always gives.
fn only(value: &Value, parameters: &BTreeMap<String, String>, fields: &str) -> Value {
    let asked = parameters.get(fields).map(String::as_str).unwrap_or_default();
    let always = ["id", "text", "edit_history_tweet_ids", "name", "username"];
    let keep = |name: &str| always.contains(&name) || asked.split(',').any(|one| one == name);
    let object = value.as_object().unwrap();
    object.iter().filter(|(name, _)| keep(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// What X checks before it searches.
pub(super) fn check(parameters: &BTreeMap<String, String>, is_count: bool) -> Result<(), Value> {
    let refuse = |name: &str, message: &str| {
        Err(json!({
            "errors": [{"parameters": {name: [parameters.get(name)]}, "message": message}],
            "title": "Invalid Request", "detail": "One or more parameters to your request was invalid.",
            "type": "https://api.twitter.com/2/problems/invalid-request"
        }))
    };
    let text = |name: &str| parameters.get(name).map(String::as_str).unwrap_or_default();
    if text("query").is_empty() || text("query").matches('(').count() != text("query").matches(')').count() {
        return refuse("query", "There were errors processing your request: missing ')'");
    }
    let now = Timestamp::now().as_second();
    let second = |name: &str| match text(name) {
        time if time.len() == 20 => time.parse::<Timestamp>().ok().map(|at| at.as_second()),
        _ => None,
    };
    match (second("start_time"), second("end_time")) {
        (Some(start), _) if start < now - 7 * 86_400 => {
            return refuse("start_time", "'start_time' is too long ago");
        }
        (_, Some(end)) if end > now - 10 => return refuse("end_time", "'end_time' must be 10 seconds ago"),
        (Some(start), Some(end)) if start < end => {}
        _ => return refuse("start_time", "'start_time' and 'end_time' are no times in order"),
    }
    let number = text("max_results").parse::<u32>().unwrap_or_default();
    if !is_count && !(10..=100).contains(&number) {
        return refuse("max_results", "`max_results` must be between 10 and 100");
    }
    Ok(())
}
