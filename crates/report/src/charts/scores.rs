//! The average score of each label over time, as lines that break where nothing was scored.

use super::axis::{Plot, SMALL, TIME_AXIS, Values, gaps, nothing, resolution, time_axis};
use super::{Size, View};
use crate::bins::{Bin, Bins};
use crate::data::Label4;
use crate::font::Weight;
use crate::num::{counted, score, stretch};
use crate::scene::{Anchor, Dash, Fill, Scene, Shape};
use crate::theme::Ink;

const LINE: f64 = 1.9;
/// Room right of the plot for the names of the lines.
const NAMES: f64 = 68.0;
/// Names of lines are at least this far apart.
const NAME_STEP: f64 = 16.0;

pub fn caption(view: &View<'_>) -> String {
    let Some(bins) = &view.points else { return "The run has no windows.".to_owned() };
    let mut out = "The mean of each label's score (0 to 1) over the scored tweets. ".to_owned();
    out.push_str(&resolution(bins, "point", view.data.facts.window_seconds));
    out.push_str(" Lines break where nothing was scored.");
    out
}

/// The lines differ in more than colour.
pub const fn dash(label: Label4) -> Dash {
    match label {
        Label4::Positive | Label4::Negative => Dash::Solid,
        Label4::Neutral => Dash::Dashed,
        Label4::Mixed => Dash::Dotted,
    }
}

pub fn draw(view: &View<'_>, size: Size) -> Scene {
    let mut scene = Scene::new(size.w, size.h);
    let averages = |bins: &Bins| bins.list.iter().filter_map(Bin::averages).flatten().reduce(f64::max);
    let Some((bins, top)) = view.points.as_ref().and_then(|b| Some((b, averages(b)?))) else {
        nothing(&mut scene, "Nothing was scored");
        return scene;
    };
    let values = Values::new(top.max(0.05), 5, false, |v| format!("{v:.*}", if top > 0.25 { 1 } else { 2 }));
    let plot = Plot {
        left: values.room(&view.fonts),
        right: size.w - NAMES,
        top: 10.0,
        bottom: size.h - TIME_AXIS,
        start: bins.start,
        end: bins.end,
        max: values.top(),
    };
    gaps(&mut scene, &plot, bins);
    values.draw(&mut scene, &plot);
    time_axis(&mut scene, &plot, &view.fonts);
    for label in [Label4::Mixed, Label4::Neutral, Label4::Negative, Label4::Positive] {
        series(&mut scene, &plot, bins, label);
    }
    names(&mut scene, &plot, bins);
    for bin in &bins.list {
        let (x0, x1) = (plot.x(bin.start), plot.x(bin.start + bins.width));
        let hit =
            Shape::Rect { x: x0, y: plot.top, w: x1 - x0, h: plot.height(), radius: 0.0, fill: Fill::Hit };
        scene.push_tip(hit, tip(bins, bin));
    }
    scene.desc = describe(view);
    scene
}

/// One label's line: a new piece after each gap, a dot where a piece is a single point.
fn series(scene: &mut Scene, plot: &Plot, bins: &Bins, label: Label4) {
    let mut pieces: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut last: Option<&Bin> = None;
    for bin in &bins.list {
        let Some(averages) = bin.averages() else {
            last = None;
            continue;
        };
        let at = (plot.x(bin.start + bins.width / 2), plot.y(averages[label.index()]));
        match pieces.last_mut().filter(|_| last.is_some_and(|l| bins.adjacent(l, bin))) {
            Some(piece) => piece.push(at),
            None => pieces.push(vec![at]),
        }
        last = Some(bin);
    }
    let (single, lines): (Vec<_>, Vec<_>) = pieces.into_iter().partition(|p| p.len() == 1);
    let ink = Ink::Label(label);
    if !lines.is_empty() {
        scene.push(Shape::Lines { lines, ink, width: LINE, dash: dash(label) });
    }
    for (x, y) in single.into_iter().flatten() {
        scene.push(Shape::Dot { x, y, radius: 2.6, ink });
    }
}

/// Each line's name at its right end, pushed apart where lines end close together.
fn names(scene: &mut Scene, plot: &Plot, bins: &Bins) {
    let Some(last) = bins.list.iter().rev().find_map(Bin::averages) else { return };
    let mut ends: Vec<(Label4, f64)> =
        Label4::ALL.into_iter().map(|l| (l, plot.y(last[l.index()]))).collect();
    ends.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut free = f64::NEG_INFINITY;
    for (_, y) in &mut ends {
        *y = y.max(free);
        free = *y + NAME_STEP;
    }
    let mut limit = plot.bottom;
    for (_, y) in ends.iter_mut().rev() {
        *y = y.min(limit);
        limit = *y - NAME_STEP;
    }
    for (label, y) in ends {
        let at = (plot.right + 8.0, y + 4.0);
        scene.styled(at, SMALL, Weight::SemiBold, Anchor::Start, Ink::Label(label), label.title());
    }
}

fn tip(bins: &Bins, bin: &Bin) -> String {
    let mut out = format!("{} UTC", stretch(bin.start, bin.start + bins.width));
    match bin.averages() {
        None => out.push_str("\nnothing scored"),
        Some(averages) => {
            for label in Label4::ALL {
                out.push_str(&format!("\n{} {}", label.name(), score(Some(averages[label.index()]))));
            }
            out.push_str(&format!("\nover {}", counted(bin.scored(), "scored tweet", "scored tweets")));
        }
    }
    out
}

/// The averages of the whole run, from its sums.
fn describe(view: &View<'_>) -> String {
    let mut all = Bin::default();
    for bin in view.points.iter().flat_map(|b| &b.list) {
        for i in 0..4 {
            all.counts[i] = all.counts[i].saturating_add(bin.counts[i]);
            all.sums[i] += bin.sums[i];
        }
    }
    let Some(averages) = all.averages() else { return "Nothing was scored.".to_owned() };
    let part = |l: Label4| format!("{} {}", l.name(), score(Some(averages[l.index()])));
    format!("Over the whole run: {}.", Label4::ALL.map(part).join(", "))
}
