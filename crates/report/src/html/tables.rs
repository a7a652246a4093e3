//! The numbers of each chart as a table below it, for screen readers and for copying.

use std::fmt::Write as _;

use super::cell;
use crate::bins::Bins;
use crate::charts::{Chart, View};
use crate::data::Label4;
use crate::num::{count, moment, percent, score};

pub fn details(out: &mut String, view: &View<'_>, chart: Chart) {
    let (head, rows): (&[&str], Vec<String>) = match chart {
        Chart::Volume => {
            (&["Start (UTC)", "Tweets", "Not scored", "Collapsed", "Status"], volume(view.bars.as_ref()))
        }
        Chart::Scores => (
            &["Start (UTC)", "Positive", "Negative", "Neutral", "Mixed", "Scored"],
            scores(view.points.as_ref()),
        ),
        Chart::Shares => (&["Label", "Share", "95 % from", "95 % to", "Tweets"], shares(view)),
        Chart::Cloud => {
            (&["Word", "Leans to", "Tweets of that label", "Tweets in all", "Score"], words(view))
        }
    };
    if rows.is_empty() {
        return;
    }
    let title = chart.title();
    let _ = write!(
        out,
        "<details><summary>Show the numbers</summary>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" \
         aria-label=\"{title}: table\"><table>\n<thead><tr>"
    );
    for name in head {
        let _ = write!(out, "<th scope=\"col\">{name}</th>");
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        let _ = writeln!(out, "<tr>{row}</tr>");
    }
    out.push_str("</tbody>\n</table></div></details>\n");
}

fn row(first: &str, cells: &[String]) -> String {
    let mut out = format!("<th scope=\"row\">{first}</th>");
    for cell in cells {
        let _ = write!(out, "<td>{cell}</td>");
    }
    out
}

fn volume(bins: Option<&Bins>) -> Vec<String> {
    let Some(bins) = bins else { return Vec::new() };
    let status = |b: &crate::bins::Bin| {
        if bins.windows_per_bin == 1 {
            return b.status().name().to_owned();
        }
        let parts = [(b.capped, "capped"), (b.partial, "partial"), (b.empty, "empty")];
        let some: Vec<String> = parts
            .into_iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, what)| format!("{} {what}", count(n)))
            .collect();
        if some.is_empty() { "complete".to_owned() } else { some.join(", ") }
    };
    let line = |b: &crate::bins::Bin| {
        row(&moment(b.start), &[count(b.tweets), count(b.unscored), count(b.collapsed), status(b)])
    };
    bins.list.iter().map(line).collect()
}

fn scores(bins: Option<&Bins>) -> Vec<String> {
    let Some(bins) = bins else { return Vec::new() };
    let line = |b: &crate::bins::Bin| {
        let averages = b.averages();
        let mut cells: Vec<String> = (0..4).map(|i| score(averages.map(|a| a[i]))).collect();
        cells.push(count(b.scored()));
        row(&moment(b.start), &cells)
    };
    bins.list.iter().map(line).collect()
}

fn shares(view: &View<'_>) -> Vec<String> {
    let line = |s: &crate::data::ShareTile| {
        row(s.label.title(), &[percent(s.share), percent(s.low), percent(s.high), count(s.count)])
    };
    view.data.shares.iter().map(line).collect()
}

fn words(view: &View<'_>) -> Vec<String> {
    let mut rows = Vec::new();
    for label in Label4::ALL {
        for w in &view.words[label.index()] {
            let cells = [
                label.name().to_owned(),
                count(u64::from(w.count)),
                count(u64::from(w.total)),
                format!("{:.1}", w.score),
            ];
            rows.push(row(&format!("<bdi>{}</bdi>", cell(&w.word)), &cells));
        }
    }
    rows
}
