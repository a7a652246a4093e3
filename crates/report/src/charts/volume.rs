//! Tweets per window as bars; capped ones hatched, partial ones pale.

use super::axis::{Plot, SMALL, TIME_AXIS, Values, gaps, nothing, resolution, time_axis};
use super::{Size, View};
use crate::bins::{Bin, Bins};
use crate::data::WindowStatus;
use crate::font::Weight;
use crate::num::{count, counted, stretch};
use crate::scene::{Anchor, Fill, Scene, Shape};
use crate::theme::Ink;

/// A bar of one window alone would fill the plot.
const WIDEST_BAR: f64 = 56.0;
const LEGEND: f64 = 24.0;

pub fn caption(view: &View<'_>) -> String {
    let Some(bins) = &view.bars else { return "The run has no windows.".to_owned() };
    let mut out = resolution(bins, "bar", view.data.facts.window_seconds);
    if bins.list.iter().any(|b| b.capped > 0) {
        out.push_str(" Hatched: the run's limit cut the window, there were more tweets.");
    }
    if bins.list.iter().any(|b| b.partial > 0) {
        out.push_str(" Pale: the window was not seen to its end.");
    }
    out.push_str(" Times are UTC.");
    out
}

pub fn draw(view: &View<'_>, size: Size) -> Scene {
    let mut scene = Scene::new(size.w, size.h);
    let Some(bins) = &view.bars else {
        nothing(&mut scene, "No windows");
        return scene;
    };
    let top = bins.list.iter().map(|b| b.tweets).max().unwrap_or(0);
    let values = Values::new(top as f64, 4, true, short_count);
    let legend = legend(view, &mut scene, bins);
    let plot = Plot {
        left: values.room(&view.fonts),
        right: size.w - 6.0,
        top: 8.0 + legend,
        bottom: size.h - TIME_AXIS,
        start: bins.start,
        end: bins.end,
        max: values.top(),
    };
    gaps(&mut scene, &plot, bins);
    values.draw(&mut scene, &plot);
    for bin in &bins.list {
        bar(&mut scene, &plot, bins, bin);
    }
    time_axis(&mut scene, &plot, &view.fonts);
    scene.desc = describe(view, bins);
    scene
}

fn bar(scene: &mut Scene, plot: &Plot, bins: &Bins, bin: &Bin) {
    let (x0, x1) = (plot.x(bin.start), plot.x(bin.start + bins.width));
    let (slot, y) = (x1 - x0, plot.y(bin.tweets as f64));
    let space = if slot > 8.0 { 2.0 } else { slot * 0.18 };
    let w = (slot - space).min(WIDEST_BAR);
    let x = x0 + (slot - w) / 2.0;
    // A bar that holds anything is seen.
    let h = if bin.tweets > 0 { (plot.bottom - y).max(1.0) } else { 0.0 };
    let fill = if bin.status() == WindowStatus::Partial {
        Fill::Tint(Ink::Bar, 0.45)
    } else {
        Fill::Solid(Ink::Bar)
    };
    let radius = if w > 10.0 { 2.0 } else { 0.0 };
    if h > 0.0 {
        let rect = |fill| Shape::Rect { x, y: plot.bottom - h, w, h, radius, fill };
        scene.push(rect(fill));
        if bin.capped > 0 {
            scene.push(rect(Fill::Hatch));
            // The edge where it was cut.
            scene.rect(x, plot.bottom - h, w, h.min(1.6), Fill::Solid(Ink::Bar));
        }
    }
    let hit = Shape::Rect { x: x0, y: plot.top, w: slot, h: plot.height(), radius: 0.0, fill: Fill::Hit };
    scene.push_tip(hit, tip(bins, bin));
}

fn tip(bins: &Bins, bin: &Bin) -> String {
    let mut out = format!("{} UTC\n{}", stretch(bin.start, bin.start + bins.width), tweets(bin.tweets));
    let mut also = |n: u64, what: &str| {
        if n > 0 {
            out.push_str(&format!("\n{} {what}", count(n)));
        }
    };
    also(bin.unscored, "not scored");
    also(bin.collapsed, "repeated retweets collapsed");
    if bins.windows_per_bin == 1 {
        match bin.status() {
            WindowStatus::Complete => {}
            other => out.push_str(&format!("\nwindow {}", other.name())),
        }
        return out;
    }
    also(bin.capped, "windows capped");
    also(bin.partial, "windows partial");
    also(bin.empty, "windows empty");
    out
}

fn tweets(n: u64) -> String {
    counted(n, "tweet", "tweets")
}

fn describe(view: &View<'_>, bins: &Bins) -> String {
    let total: u64 = bins.list.iter().fold(0, |sum, b| sum.saturating_add(b.tweets));
    let mut out =
        format!("{} in {}.", tweets(total), counted(view.data.windows.len() as u64, "window", "windows"));
    if let Some(top) = bins.list.iter().max_by_key(|b| b.tweets).filter(|b| b.tweets > 0) {
        let when = stretch(top.start, top.start + bins.width);
        out.push_str(&format!(" The tallest bar is {when} UTC with {}.", tweets(top.tweets)));
    }
    out
}

/// What the bars mean, when there is more than one kind; returns the height used.
fn legend(view: &View<'_>, scene: &mut Scene, bins: &Bins) -> f64 {
    let any = |f: fn(&Bin) -> bool| bins.list.iter().any(f);
    let kinds = [
        (any(|b| b.status() == WindowStatus::Complete), "complete", Fill::Solid(Ink::Bar)),
        (any(|b| b.capped > 0), "capped", Fill::Hatch),
        (any(|b| b.status() == WindowStatus::Partial), "partial", Fill::Tint(Ink::Bar, 0.45)),
        (!bins.gaps().is_empty(), "no data", Fill::Solid(Ink::Gap)),
    ];
    if kinds.iter().skip(1).all(|(there, _, _)| !there) {
        return 0.0;
    }
    let mut x = scene.width - 6.0;
    for (_, name, fill) in kinds.into_iter().filter(|(there, _, _)| *there).rev() {
        x -= view.fonts.width(name, SMALL, Weight::Regular);
        scene.text((x, 14.0), SMALL, Anchor::Start, Ink::Muted, name);
        x -= 20.0;
        let swatch = |fill| Shape::Rect { x, y: 3.0, w: 14.0, h: 13.0, radius: 2.0, fill };
        if fill == Fill::Hatch {
            scene.push(swatch(Fill::Solid(Ink::Bar)));
        }
        scene.push(swatch(fill));
        x -= 16.0;
    }
    LEGEND
}

/// Axis labels: `1,500`, `25k`, `3M`.
fn short_count(v: f64) -> String {
    let scaled = |by: f64, unit: &str| format!("{}{unit}", ((v / by) * 10.0).round() / 10.0);
    match v {
        v if v >= 1e9 => scaled(1e9, "G"),
        v if v >= 1e6 => scaled(1e6, "M"),
        v if v >= 1e4 => scaled(1e3, "k"),
        v => count(v as u64),
    }
}
