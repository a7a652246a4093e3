//! The share of each label: in all, with its interval, and over time.

use super::axis::{Plot, SMALL, TIME_AXIS, Values, gaps, nothing, resolution, time_axis};
use super::{Size, View};
use crate::bins::{Bin, Bins};
use crate::data::{Label4, ShareTile};
use crate::font::Weight;
use crate::num::{count, percent, stretch};
use crate::scene::{Anchor, Dash, Fill, Scene, Shape};
use crate::theme::Ink;

const ROW: f64 = 30.0;
const NAMES: f64 = 72.0;
const BODY: f64 = 13.0;
/// Between the end of a bar and its share, and between that and the interval.
const GAP: f64 = 9.0;
/// A reader's own font may be this much wider than the one that texts are measured with.
const WIDER: f64 = 1.25;

pub fn caption(view: &View<'_>) -> String {
    let mut out =
        "Above: the share of each label in all scored tweets; the line is the 95 % interval.".to_owned();
    if let Some(bins) = &view.points {
        out.push_str(" Below: the tweets of each label over time. ");
        out.push_str(&resolution(bins, "column", view.data.facts.window_seconds));
    }
    out
}

pub fn draw(view: &View<'_>, size: Size) -> Scene {
    let mut scene = Scene::new(size.w, size.h);
    if view.data.shares.iter().all(|s| s.share.is_none()) {
        nothing(&mut scene, "Nothing was scored");
        return scene;
    }
    let bottom = rows(&mut scene, view, size);
    over_time(&mut scene, view, bottom + 26.0);
    let part = |s: &ShareTile| format!("{} {}", s.label.name(), percent(s.share));
    scene.desc = format!("{}.", view.data.shares.each_ref().map(part).join(", "));
    scene
}

/// `30.6 – 32.0%`, or nothing without an interval.
pub fn interval(tile: &ShareTile) -> Option<String> {
    let (low, high) = (tile.low.filter(|v| v.is_finite())?, tile.high.filter(|v| v.is_finite())?);
    Some(format!("{:.1} – {:.1}%", low * 100.0, high * 100.0))
}

fn rows(scene: &mut Scene, view: &View<'_>, size: Size) -> f64 {
    let room = view.data.shares.iter().map(|tile| room(view, tile, size)).fold(0.0, f64::max);
    let top = view
        .data
        .shares
        .iter()
        .filter_map(|s| s.high.or(s.share))
        .filter(|v| v.is_finite())
        .fold(0.0, f64::max);
    let (left, right) = (NAMES, size.w - room);
    let scale = |v: f64| left + (right - left) * (v / top.max(0.01)).clamp(0.0, 1.0);
    for (i, tile) in view.data.shares.iter().enumerate() {
        let y = i as f64 * ROW;
        let (mid, ink) = (y + ROW / 2.0, Ink::Label(tile.label));
        scene.styled((0.0, mid + 4.5), BODY, Weight::SemiBold, Anchor::Start, ink, tile.label.title());
        let Some(share) = tile.share.filter(|v| v.is_finite()) else {
            scene.text((left, mid + 4.5), BODY, Anchor::Start, Ink::Muted, "–");
            continue;
        };
        let end = scale(share);
        let bar = Shape::Rect {
            x: left,
            y: y + 6.0,
            w: (end - left).max(1.0),
            h: ROW - 12.0,
            radius: 2.0,
            fill: Fill::Solid(ink),
        };
        scene.push_tip(
            bar,
            format!(
                "{}\n{} of the scored tweets\n{} tweets",
                tile.label.title(),
                percent(Some(share)),
                count(tile.count)
            ),
        );
        let mut after = end;
        if let (Some(low), Some(high)) =
            (tile.low.filter(|v| v.is_finite()), tile.high.filter(|v| v.is_finite()))
        {
            whisker(scene, [scale(low), end, scale(high)], mid);
            after = after.max(scale(high));
        }
        let text = percent(Some(share));
        let after = after + GAP;
        let width = view.fonts.width(&text, BODY, Weight::SemiBold) * WIDER;
        scene.styled((after, mid + 4.5), BODY, Weight::SemiBold, Anchor::Start, Ink::Text, text);
        if let Some(interval) = interval(tile).filter(|_| !size.narrow()) {
            scene.text((after + width + GAP, mid + 4.5), SMALL, Anchor::Start, Ink::Muted, interval);
        }
    }
    4.0 * ROW
}

/// What the texts right of a label's bar need.
fn room(view: &View<'_>, tile: &ShareTile, size: Size) -> f64 {
    let share = view.fonts.width(&percent(tile.share), BODY, Weight::SemiBold);
    match interval(tile).filter(|_| !size.narrow()) {
        None => GAP + share * WIDER,
        Some(interval) => 2.0 * GAP + (share + view.fonts.width(&interval, SMALL, Weight::Regular)) * WIDER,
    }
}

/// The interval: light on the bar, dark beyond its `end`.
fn whisker(scene: &mut Scene, [low, end, high]: [f64; 3], mid: f64) {
    let high = high.max(low + 1.0);
    let cap = |x: f64| vec![(x, mid - 4.5), (x, mid + 4.5)];
    let mut draw = |lines, ink| scene.push(Shape::Lines { lines, ink, width: 1.5, dash: Dash::Solid });
    draw(vec![vec![(low, mid), (end.clamp(low, high), mid)], cap(low)], Ink::Card);
    draw(vec![vec![(end.clamp(low, high), mid), (high, mid)], cap(high)], Ink::Text);
}

fn over_time(scene: &mut Scene, view: &View<'_>, top: f64) {
    let Some(bins) = view.points.as_ref().filter(|b| b.list.iter().any(|bin| bin.scored() > 0)) else {
        return;
    };
    let values = Values::new(1.0, 2, false, |v| format!("{:.0}%", v * 100.0));
    let plot = Plot {
        left: values.room(&view.fonts),
        right: scene.width - 6.0,
        top,
        bottom: scene.height - TIME_AXIS,
        start: bins.start,
        end: bins.end,
        max: 1.0,
    };
    gaps(scene, &plot, bins);
    values.draw(scene, &plot);
    for bin in &bins.list {
        column(scene, &plot, bins, bin);
    }
    time_axis(scene, &plot, &view.fonts);
}

/// Positive stands on the floor and negative hangs from the ceiling, so both can be read against an edge.
fn column(scene: &mut Scene, plot: &Plot, bins: &Bins, bin: &Bin) {
    let Some(shares) = bin.shares() else { return };
    let (x0, x1) = (plot.x(bin.start), plot.x(bin.start + bins.width));
    let space = ((x1 - x0) * 0.12).min(1.5);
    let mut from = 0.0;
    for label in [Label4::Positive, Label4::Neutral, Label4::Mixed, Label4::Negative] {
        let to = from + shares[label.index()];
        let (y0, y1) = (plot.y(to), plot.y(from));
        if y1 - y0 > 0.01 {
            scene.rect(x0, y0, x1 - x0 - space, y1 - y0, Fill::Tint(Ink::Label(label), 0.85));
        }
        from = to;
    }
    let mut tip = format!("{} UTC", stretch(bin.start, bin.start + bins.width));
    for label in Label4::ALL {
        let n = bin.counts[label.index()];
        tip.push_str(&format!("\n{} {} ({})", label.name(), percent(Some(shares[label.index()])), count(n)));
    }
    let hit = Shape::Rect { x: x0, y: plot.top, w: x1 - x0, h: plot.height(), radius: 0.0, fill: Fill::Hit };
    scene.push_tip(hit, tip);
}
