//! The rule by which X's stream gives what is wanted: found, added, taken over, taken away. Of the app's rules only
//! those that carry our tag are ever removed.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::Result;
use crate::pipeline::event::{Event, Events};
use crate::source::x::api;
use crate::source::x::client::Client;
use crate::source::x::fault::Fault;
use crate::source::x::stop::{self, Raise, Stop};

/// What the stream is to give.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// In X's own language.
    pub value: String,
    /// By which the rule is known to be ours.
    pub tag: String,
}

/// A rule that is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub id: String,
    /// Somebody else's, who asks for the same: it stays.
    borrowed: bool,
}

/// A rule as X writes it.
#[derive(Debug, Deserialize)]
struct Known {
    id: String,
    #[serde(default)]
    value: String,
    tag: Option<String>,
}

impl Known {
    fn is_tagged(&self, tag: &str) -> bool {
        self.tag.as_deref() == Some(tag)
    }
}

#[derive(Debug, Default, Deserialize)]
struct Answered {
    #[serde(default)]
    data: Vec<Known>,
}

/// What the app's rules come to. Pure.
#[derive(Debug, Default)]
struct Sorted {
    /// One that asks for the same, ours before others'.
    same: Option<Rule>,
    /// Ours, of an earlier query.
    old: Vec<String>,
    /// Of others; and how many of them carry another tag of ours.
    others: usize,
    topics: Vec<String>,
}

/// The part of every tag of ours.
pub const TAG: &str = "sentistack:";

fn sort(known: &[Known], wanted: &Wanted) -> Sorted {
    let mut sorted = Sorted::default();
    let is_same = |rule: &&Known| rule.value.trim() == wanted.value.trim();
    let ours = known.iter().filter(|rule| rule.is_tagged(&wanted.tag));
    let same = ours.clone().find(is_same).or_else(|| known.iter().find(is_same));
    sorted.same = same.map(|rule| Rule { id: rule.id.clone(), borrowed: !rule.is_tagged(&wanted.tag) });
    let is_taken = |rule: &Known| same.is_some_and(|same| same.id == rule.id);
    sorted.old = ours.filter(|rule| !is_taken(rule)).map(|rule| rule.id.clone()).collect();
    for rule in known.iter().filter(|rule| !rule.is_tagged(&wanted.tag) && !is_taken(rule)) {
        sorted.others += 1;
        sorted.topics.extend(rule.tag.clone().filter(|tag| tag.starts_with(TAG)));
    }
    sorted
}

/// Sets the rule; `None` where reading is stopped before it is.
///
/// # Errors
/// Where X refuses it, or cannot be asked.
pub async fn set(
    client: &Client,
    wanted: &Wanted,
    events: &dyn Events,
    (raise, stop): (&Raise, &mut Stop),
) -> Result<Option<Rule>> {
    let Some(sorted) = list(client, wanted, (raise, stop)).await? else { return Ok(None) };
    say_others(&sorted, events);
    if !sorted.old.is_empty() {
        let change = json!({"delete": {"ids": sorted.old}});
        if client.rules(Some(&change), (raise, stop)).await.map_err(failed)?.is_none() {
            return Ok(None);
        }
        let message =
            "a rule that an earlier run of this topic left with X was removed: it asked for something else";
        events.emit(Event::Note { message: message.to_owned() });
    }
    if let Some(rule) = sorted.same {
        events.emit(Event::Note { message: same(&rule).to_owned() });
        return Ok(Some(rule));
    }
    let change = json!({"add": [{"value": wanted.value, "tag": wanted.tag}]});
    let Some(answer) = client.rules(Some(&change), (raise, stop)).await.map_err(failed)? else {
        return Ok(None);
    };
    let added = serde_json::from_str::<Answered>(&answer.text).unwrap_or_default().data.into_iter().next();
    if let Some(rule) = added {
        return Ok(Some(Rule { id: rule.id, borrowed: false }));
    }
    // The answer to an earlier try was lost, or X takes another spelling for the same.
    let problem = api::Problem::of(&answer.text);
    if problem.is("duplicate-rules", "DuplicateRule") {
        let Some(sorted) = list(client, wanted, (raise, stop)).await? else { return Ok(None) };
        if let Some(rule) = sorted.same {
            return Ok(Some(rule));
        }
        if let Some(id) = problem.errors.into_iter().find_map(|wrong| wrong.id) {
            return Ok(Some(Rule { id, borrowed: true }));
        }
    }
    Err(failed(client.refused(api::RULES, 400, &answer.text)))
}

async fn list(
    client: &Client,
    wanted: &Wanted,
    (raise, stop): (&Raise, &mut Stop),
) -> Result<Option<Sorted>> {
    let answer = client.rules(None, (raise, stop)).await.map_err(failed)?;
    Ok(answer.map(|answer| {
        let known = serde_json::from_str::<Answered>(&answer.text).unwrap_or_default();
        sort(&known.data, wanted)
    }))
}

fn same(rule: &Rule) -> &'static str {
    match rule.borrowed {
        false => "the rule that an earlier run of this topic left with X is taken over",
        true => "the app has a rule for the same query already, of another tag: it is used, and it stays",
    }
}

fn say_others(sorted: &Sorted, events: &dyn Events) {
    let what = match sorted.others {
        0 => return,
        1 => "1 other rule: what it matches comes".to_owned(),
        n => format!("{n} other rules: what they match comes"),
    };
    let mut message =
        format!("the app's stream has {what} too, is paid for within max_cost, and is left out");
    if !sorted.topics.is_empty() {
        message.push_str(&format!(
            "; {} of other live runs (one that was killed leaves its rule until its topic runs again)",
            sorted.topics.join(", ")
        ));
    }
    events.emit(Event::Warning { message });
}

/// Takes the rule away, unless it is somebody else's. A failure is told: the next run of the topic finds it.
pub async fn remove(client: &Client, rule: &Rule, within: std::time::Duration, events: &dyn Events) {
    if rule.borrowed {
        return;
    }
    // Whatever stopped the reading does not stop this.
    let (raise, mut stop) = stop::stop();
    let change: Value = json!({"delete": {"ids": [rule.id]}});
    let asked = tokio::time::timeout(within, client.rules(Some(&change), (&raise, &mut stop))).await;
    let why = match asked {
        Ok(Ok(_)) => return,
        Ok(Err(fault)) => failed(fault).to_string(),
        Err(_) => format!("X did not answer in {} s", within.as_secs()),
    };
    events.emit(Event::Warning {
        message: format!(
            "the rule of this run stays with X ({why}); the next live run of this topic takes it over or removes it"
        ),
    });
}

fn failed(fault: Fault) -> crate::error::Error {
    match fault {
        Fault::Failed(error) => *error,
        Fault::Token(why) => crate::error::Error::failed(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(id: &str, value: &str, tag: Option<&str>) -> Known {
        Known { id: id.to_owned(), value: value.to_owned(), tag: tag.map(str::to_owned) }
    }

    #[test]
    fn only_rules_of_our_tag_are_ours() {
        let wanted = Wanted { value: "tea".to_owned(), tag: "sentistack:tea".to_owned() };
        let foreign =
            [known("1", "tea", None), known("2", "x", Some("cats")), known("3", "y", Some("sentistack:y"))];
        let sorted = sort(&foreign, &wanted);
        assert_eq!(sorted.same, Some(Rule { id: "1".to_owned(), borrowed: true }));
        assert_eq!((sorted.old, sorted.others, sorted.topics), (vec![], 2, vec!["sentistack:y".to_owned()]));
        let ours = [
            known("1", "tea", None),
            known("4", "coffee", Some("sentistack:tea")),
            known("5", " tea ", Some("sentistack:tea")),
        ];
        let sorted = sort(&ours, &wanted);
        assert_eq!(sorted.same, Some(Rule { id: "5".to_owned(), borrowed: false }));
        assert_eq!((sorted.old, sorted.others), (vec!["4".to_owned()], 1));
        assert!(sort(&[], &wanted).same.is_none());
    }
}
