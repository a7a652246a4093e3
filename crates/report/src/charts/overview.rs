//! One picture of the whole run, for a readme or a slide: the topic, the four shares, and the four charts.

use super::frame::{MARGIN, shorten, synthetic};
use super::shares::interval;
use super::{Chart, Size, View};
use crate::data::ShareTile;
use crate::font::Weight;
use crate::limits::MAX_LINE_CHARS;
use crate::num::{counted, percent};
use crate::scene::{Anchor, Dash, Fill, Scene, Shape};
use crate::text::one_line;
use crate::theme::Ink;

const WIDTH: f64 = 1_200.0;
const SPACE: f64 = 20.0;
const PAD: f64 = 20.0;
const HEADER: f64 = 96.0;
const TILE: f64 = 112.0;
/// Heading of a chart inside its card.
const CHART_HEAD: f64 = 44.0;

pub fn overview(view: &View<'_>) -> Scene {
    let inner = (WIDTH - 2.0 * MARGIN - SPACE) / 2.0 - 2.0 * PAD;
    let rows = [(Chart::Volume, Chart::Scores, 236.0), (Chart::Shares, Chart::Cloud, 340.0)];
    let charts: f64 = rows.iter().map(|(_, _, h)| h + CHART_HEAD + PAD + SPACE).sum();
    let mut scene = Scene::new(WIDTH, HEADER + TILE + SPACE + charts + MARGIN - SPACE);
    scene.title = format!("{}: sentiment overview", view.title);
    let (w, h) = (scene.width, scene.height);
    scene.rect(0.0, 0.0, w, h, Fill::Solid(Ink::Page));
    header(&mut scene, view);
    let tile = (WIDTH - 2.0 * MARGIN - 3.0 * SPACE) / 4.0;
    for (i, share) in view.data.shares.iter().enumerate() {
        tile_at(&mut scene, view, share, MARGIN + i as f64 * (tile + SPACE), tile);
    }
    let mut y = HEADER + TILE + SPACE;
    for (left, right, h) in rows {
        card(&mut scene, view, left, (MARGIN, y), Size { w: inner, h });
        card(&mut scene, view, right, (MARGIN + inner + 2.0 * PAD + SPACE, y), Size { w: inner, h });
        y += h + CHART_HEAD + PAD + SPACE;
    }
    let share = |s: &ShareTile| format!("{} {}", s.label.name(), percent(s.share));
    let shares = view.data.shares.each_ref().map(share).join(", ");
    scene.desc = format!("{}: {shares}.", counted(view.data.facts.tweets, "tweet", "tweets"));
    scene
}

fn header(scene: &mut Scene, view: &View<'_>) {
    let right = synthetic(scene, view, 34.0);
    let title = shorten(&view.fonts, &view.title, 28.0, Weight::SemiBold, right - MARGIN);
    scene.styled((MARGIN, 50.0), 28.0, Weight::SemiBold, Anchor::Start, Ink::Text, title);
    let facts = &view.data.facts;
    let mut about = counted(facts.tweets, "tweet", "tweets");
    if let Some(period) = view.period() {
        about.push_str(&format!(" · {period}"));
    }
    about.push_str(&format!(" · {} · {}", facts.source, facts.model));
    let about = one_line(&about, MAX_LINE_CHARS);
    let about = shorten(&view.fonts, &about, 14.0, Weight::Regular, WIDTH - 2.0 * MARGIN);
    scene.text((MARGIN, 76.0), 14.0, Anchor::Start, Ink::Muted, about);
}

fn frame(scene: &mut Scene, x: f64, y: f64, w: f64, h: f64) {
    scene.push(Shape::Rect { x, y, w, h, radius: 10.0, fill: Fill::Solid(Ink::Card) });
    scene.push(Shape::Frame {
        x: x + 0.5,
        y: y + 0.5,
        w: w - 1.0,
        h: h - 1.0,
        radius: 9.5,
        ink: Ink::Line,
        width: 1.0,
    });
}

fn card(scene: &mut Scene, view: &View<'_>, chart: Chart, (x, y): (f64, f64), size: Size) {
    frame(scene, x, y, size.w + 2.0 * PAD, size.h + CHART_HEAD + PAD);
    scene.styled((x + PAD, y + 29.0), 15.0, Weight::SemiBold, Anchor::Start, Ink::Text, chart.title());
    scene.place(chart.draw(view, size), x + PAD, y + CHART_HEAD);
}

fn tile_at(scene: &mut Scene, view: &View<'_>, tile: &ShareTile, x: f64, w: f64) {
    let (y, ink) = (HEADER, Ink::Label(tile.label));
    frame(scene, x, y, w, TILE);
    scene.push(Shape::Dot { x: x + PAD + 5.0, y: y + 24.5, radius: 5.0, ink });
    scene.styled(
        (x + PAD + 17.0, y + 29.0),
        14.0,
        Weight::SemiBold,
        Anchor::Start,
        Ink::Text,
        tile.label.title(),
    );
    let tweets = counted(tile.count, "tweet", "tweets");
    scene.text((x + w - PAD, y + 29.0), 13.0, Anchor::End, Ink::Muted, tweets);
    let share = percent(tile.share);
    scene.styled((x + PAD, y + 67.0), 32.0, Weight::SemiBold, Anchor::Start, ink, share.as_str());
    if let Some(interval) = interval(tile) {
        let after = x + PAD + view.fonts.width(&share, 32.0, Weight::SemiBold) + 12.0;
        scene.text((after, y + 66.0), 13.0, Anchor::Start, Ink::Muted, interval);
    }
    scale(scene, tile, (x + PAD, y + 88.0), w - 2.0 * PAD);
}

/// The share on a line from 0 to 100 %, its interval as a thicker stretch.
fn scale(scene: &mut Scene, tile: &ShareTile, (x, y): (f64, f64), w: f64) {
    let ink = Ink::Label(tile.label);
    let at = |v: f64| x + w * v.clamp(0.0, 1.0);
    let line = |x0: f64, x1: f64, ink, width| Shape::Lines {
        lines: vec![vec![(x0, y), (x1, y)]],
        ink,
        width,
        dash: Dash::Solid,
    };
    scene.push(line(x, x + w, Ink::Line, 4.0));
    let Some(share) = tile.share.filter(|v| v.is_finite()) else { return };
    scene.push(line(x, at(share), ink, 4.0));
    if let (Some(low), Some(high)) = (tile.low.filter(|v| v.is_finite()), tile.high.filter(|v| v.is_finite()))
    {
        scene.push(line(at(low) - 0.75, at(high) + 0.75, Ink::Text, 8.0));
    }
}
