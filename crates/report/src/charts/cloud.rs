//! The words that lean the most to each label, sized by how many posts hold them. Each label has a corner of the cloud; words
//! are laid on a spiral around it, the biggest first.

use super::axis::{SMALL, nothing};
use super::{Size, View};
use crate::data::Label4;
use crate::font::{Fonts, Weight};
use crate::limits::{WORDS_PER_LABEL, WORDS_PER_LABEL_NARROW};
use crate::num::{count, counted};
use crate::scene::{Anchor, Scene, Shape};
use crate::theme::Ink;
use crate::words::TopWord;

/// Room below the words for the legend.
const LEGEND: f64 = 30.0;
/// Heights above and below the base line, in parts of the size.
const ABOVE: f64 = 0.76;
const BELOW: f64 = 0.22;
/// Pixels between words.
const SPACE: f64 = 3.0;
/// Sizes are taken down by a tenth until (nearly) all words fit, this many times.
const TRIES: u32 = 9;
/// Steps along the spiral before a word is given up.
const STEPS: u32 = 1_400;

pub fn caption(view: &View<'_>) -> String {
    let mut out = "A word's colour is the label that it leans to the most (smoothed log-odds against the other labels), its size \
                   the number of tweets with that label that hold it."
        .to_owned();
    if let Some((read, of)) = view.data.facts.words_sampled.filter(|(read, of)| read < of) {
        out.push_str(&format!(" From a sample of {} of {} tweets.", count(read), count(of)));
    }
    if undrawable(view) > 0 {
        out.push_str(" Words in scripts that the picture's font lacks, and emoji, are in the table only.");
    }
    out
}

fn undrawable(view: &View<'_>) -> usize {
    view.words.iter().flatten().filter(|w| !view.fonts.can_draw(&w.word)).count()
}

/// A word with its place: `x` is the middle, `y` the base line.
struct Placed<'a> {
    word: &'a TopWord,
    size: f64,
    width: f64,
    x: f64,
    y: f64,
}

impl Placed<'_> {
    fn rect(&self) -> [f64; 4] {
        let half = self.width / 2.0 + SPACE;
        let (up, down) = (self.size * ABOVE + SPACE / 2.0, self.size * BELOW + SPACE / 2.0);
        [self.x - half, self.y - up, self.x + half, self.y + down]
    }
}

pub fn draw(view: &View<'_>, size: Size) -> Scene {
    let mut scene = Scene::new(size.w, size.h);
    let most = if size.narrow() { WORDS_PER_LABEL_NARROW } else { WORDS_PER_LABEL };
    let drawable = |w: &&TopWord| view.fonts.can_draw(&w.word);
    let words: Vec<&TopWord> = view.words.iter().flat_map(|l| l.iter().filter(drawable).take(most)).collect();
    if words.is_empty() {
        nothing(&mut scene, "No words");
        return scene;
    }
    let placed = layout(&words, &view.fonts, size.w, size.h - LEGEND);
    for p in &placed {
        let shape = Shape::Text {
            x: p.x,
            y: p.y,
            size: p.size,
            weight: Weight::SemiBold,
            anchor: Anchor::Middle,
            ink: Ink::Label(p.word.label),
            text: p.word.word.clone(),
            fit: Some(p.width),
        };
        scene.push_tip(shape, tip(p.word));
    }
    legend(&mut scene, &view.fonts);
    let first = |l: Label4| {
        view.words[l.index()].iter().take(5).map(|w| w.word.as_str()).collect::<Vec<_>>().join(", ")
    };
    let part = |l: Label4| {
        Some((l.name(), first(l))).filter(|(_, w)| !w.is_empty()).map(|(n, w)| format!("{n}: {w}"))
    };
    scene.desc = format!("{}.", Label4::ALL.into_iter().filter_map(part).collect::<Vec<_>>().join("; "));
    scene
}

fn tip(word: &TopWord) -> String {
    let tweets = counted(u64::from(word.count), "tweet", "tweets");
    let total = count(u64::from(word.total));
    format!("{}\nin {} {tweets}, {total} in all", word.word, word.label.name())
}

fn layout<'a>(words: &[&'a TopWord], fonts: &Fonts, w: f64, h: f64) -> Vec<Placed<'a>> {
    let mut order: Vec<&TopWord> = words.to_vec();
    order.sort_by(|a, b| b.count.cmp(&a.count).then(b.score.total_cmp(&a.score)).then(a.word.cmp(&b.word)));
    let top = order.first().map_or(1.0, |o| f64::from(o.count).max(1.0));
    let (smallest, largest) = if w < 480.0 { (11.0, 34.0) } else { (12.0, 52.0) };
    let mut best: Vec<Placed<'a>> = Vec::new();
    let mut zoom = 1.0;
    for _ in 0..TRIES {
        let size = |n: u32| (largest * zoom * (f64::from(n) / top).powf(0.45)).max(smallest);
        let placed = place(&order, fonts, [w, h], size);
        if placed.len() > best.len() {
            best = placed;
        }
        if best.len() == order.len() {
            break;
        }
        zoom *= 0.9;
    }
    best
}

fn place<'a>(
    order: &[&'a TopWord],
    fonts: &Fonts,
    [w, h]: [f64; 2],
    size: impl Fn(u32) -> f64,
) -> Vec<Placed<'a>> {
    let mut placed: Vec<Placed<'a>> = Vec::with_capacity(order.len());
    let mut taken: Vec<[f64; 4]> = Vec::with_capacity(order.len());
    for word in order {
        let size = size(word.count);
        let width = fonts.width(&word.word, size, Weight::SemiBold);
        let (cx, cy) = home(word.label, w, h);
        for step in 0..STEPS {
            // Steps of about the same length along a flat spiral.
            let turn = (f64::from(step) * 0.9).sqrt() * 2.0;
            let (dx, dy) = (turn * turn.cos() * 3.6, turn * turn.sin() * 2.2);
            let candidate = Placed { word, size, width, x: cx + dx, y: cy + dy + size * 0.3 };
            let rect = candidate.rect();
            let inside = rect[0] >= 0.0 && rect[1] >= 0.0 && rect[2] <= w && rect[3] <= h;
            if inside && !taken.iter().any(|t| overlap(t, &rect)) {
                taken.push(rect);
                placed.push(candidate);
                break;
            }
        }
    }
    placed
}

/// Where a label's words gather.
fn home(label: Label4, w: f64, h: f64) -> (f64, f64) {
    let (x, y) = match label {
        Label4::Positive if w < 480.0 => (0.5, 0.2),
        Label4::Negative if w < 480.0 => (0.5, 0.75),
        Label4::Neutral if w < 480.0 => (0.3, 0.48),
        Label4::Mixed if w < 480.0 => (0.75, 0.48),
        Label4::Positive => (0.24, 0.45),
        Label4::Negative => (0.76, 0.45),
        Label4::Neutral => (0.5, 0.72),
        Label4::Mixed => (0.5, 0.2),
    };
    (w * x, h * y)
}

fn overlap(a: &[f64; 4], b: &[f64; 4]) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

fn legend(scene: &mut Scene, fonts: &Fonts) {
    let width = |l: Label4| fonts.width(l.title(), SMALL, Weight::SemiBold) + 14.0;
    let total: f64 = Label4::ALL.into_iter().map(|l| width(l) + 18.0).sum::<f64>() - 18.0;
    let (mut x, y) = ((scene.width - total) / 2.0, scene.height - 8.0);
    for label in Label4::ALL {
        scene.push(Shape::Dot { x: x + 4.5, y: y - 4.0, radius: 4.5, ink: Ink::Label(label) });
        scene.styled((x + 14.0, y), SMALL, Weight::SemiBold, Anchor::Start, Ink::Text, label.title());
        x += width(label) + 18.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_inside_and_apart() {
        let fonts = Fonts::load().expect("font");
        let words: Vec<TopWord> = (0..120u32)
            .map(|i| TopWord {
                word: format!("word{}", "x".repeat(i as usize % 9)),
                label: Label4::ALL[i as usize % 4],
                count: 1 + (i * i) % 301,
                total: 400,
                score: f64::from(i),
            })
            .collect();
        let all: Vec<&TopWord> = words.iter().collect();
        for (w, h) in [(800.0, 370.0), (360.0, 390.0)] {
            let placed = layout(&all, &fonts, w, h);
            assert!(placed.len() > 100, "{}", placed.len());
            for (i, p) in placed.iter().enumerate() {
                let rect = p.rect();
                assert!(rect[0] >= 0.0 && rect[1] >= 0.0 && rect[2] <= w && rect[3] <= h);
                assert!(placed[..i].iter().all(|q| !overlap(&q.rect(), &rect)));
            }
        }
    }
}
