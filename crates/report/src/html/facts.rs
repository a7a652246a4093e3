//! The run's own facts: what was read, by what, and what was left out and why.

use std::fmt::Write as _;

use super::cell;
use crate::charts::View;
use crate::limits::MAX_LIST_ITEMS;
use crate::num::{count, duration, rfc3339};

pub fn section(out: &mut String, view: &View<'_>) {
    out.push_str("<section class=\"card\" id=\"run\" aria-labelledby=\"run-h\">\n<h2 id=\"run-h\">This run</h2>\n<div class=\"facts\">\n<div>\n<dl>\n");
    for (name, value) in list(view) {
        let _ = writeln!(out, "<dt>{name}</dt><dd>{value}</dd>");
    }
    out.push_str("</dl>\n</div>\n<div>\n<h3>Tweets, and what was left out</h3>\n<table><tbody>\n");
    left_out(out, view);
    out.push_str("</tbody></table>\n</div>\n</div>\n");
    notes(out, view);
    out.push_str("</section>\n");
}

fn time(text: &str) -> String {
    rfc3339(text).unwrap_or_else(|| cell(text))
}

fn list(view: &View<'_>) -> Vec<(&'static str, String)> {
    let f = &view.data.facts;
    let mut out = vec![("Topic", cell(&f.topic)), ("Source", cell(&f.source)), ("Model", cell(&f.model))];
    if !f.lang.is_empty() {
        let all: Vec<String> = f.lang.iter().take(MAX_LIST_ITEMS).map(|l| cell(l)).collect();
        out.push(("Scored languages", all.join(", ")));
    }
    let windows = view.data.windows.len() as u64;
    out.push(("Windows", format!("{} of {}", count(windows), duration(i64::from(f.window_seconds)))));
    for (name, post) in [("First tweet", &f.first_post), ("Last tweet", &f.last_post)] {
        if let Some(post) = post {
            out.push((name, time(post)));
        }
    }
    out.push(("Started", time(&f.started)));
    out.push(("Finished", time(&f.finished)));
    out.push(("Run", cell(&f.run_id)));
    out
}

fn left_out(out: &mut String, view: &View<'_>) {
    let f = &view.data.facts;
    let mut line = |class: &str, name: &str, n: u64| {
        let _ =
            writeln!(out, "<tr{class}><th scope=\"row\" class=\"why\">{name}</th><td>{}</td></tr>", count(n));
    };
    line("", "Tweets in the windows", f.tweets);
    line("", "Scored", f.scored);
    line("", "Kept, not scored (other languages)", f.unscored);
    line("", "Repeated retweets, collapsed", f.collapsed);
    line("", "Rejected: could not be read", f.rejected);
    line("", "Dropped", f.dropped);
    for (reason, n) in f.dropped_by.iter().take(MAX_LIST_ITEMS) {
        line(" class=\"sub\"", &cell(reason), *n);
    }
    let more = f.dropped_by.iter().skip(MAX_LIST_ITEMS).fold(0u64, |sum, (_, n)| sum.saturating_add(*n));
    if more > 0 {
        line(" class=\"sub\"", "other reasons", more);
    }
}

fn notes(out: &mut String, view: &View<'_>) {
    let f = &view.data.facts;
    let mut notes: Vec<String> = f.notes.iter().take(MAX_LIST_ITEMS).map(|n| cell(n)).collect();
    if let Some((read, of)) = f.words_sampled {
        notes.push(format!("Words were counted in {} of {} scored tweets.", count(read), count(of)));
    }
    if view.data.words.forgotten() > 0 {
        notes.push(
            "There were more distinct words than are kept: the counts of rare ones may be short.".to_owned(),
        );
    }
    if notes.is_empty() {
        return;
    }
    out.push_str("<h3>Notes</h3>\n<ul class=\"notes\">\n");
    for note in notes {
        let _ = writeln!(out, "<li>{note}</li>");
    }
    out.push_str("</ul>\n");
}
