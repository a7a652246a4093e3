//! The frame of an exported picture: its heading, what it shows, and, for generated posts, the word SYNTHETIC.

use super::{Chart, View};
use crate::font::{Fonts, Weight};
use crate::scene::{Anchor, Fill, Scene, Shape};
use crate::theme::Ink;

pub const MARGIN: f64 = 28.0;
const CAPTION: f64 = 12.5;
const CAPTION_LINE: f64 = 18.0;

/// `chart` with a heading above and its caption below, as a picture of its own.
pub fn framed(view: &View<'_>, chart: Chart) -> Scene {
    let inner = chart.draw(view, chart.wide());
    let caption = wrap(&view.fonts, &chart.caption(view), CAPTION, inner.width);
    let top = MARGIN + 50.0;
    let height = top + inner.height + 16.0 + caption.len() as f64 * CAPTION_LINE + MARGIN - 6.0;
    let mut scene = Scene::new(inner.width + 2.0 * MARGIN, height.ceil());
    ground(&mut scene);
    heading(&mut scene, view, chart.title());
    scene.title = format!("{}: {}", chart.title(), view.title);
    scene.desc.clone_from(&inner.desc);
    let mut y = top + inner.height + 16.0 + CAPTION;
    scene.place(inner, MARGIN, top);
    for line in caption {
        scene.text((MARGIN, y), CAPTION, Anchor::Start, Ink::Muted, line);
        y += CAPTION_LINE;
    }
    scene
}

/// The picture's own background: it must be readable on any page.
fn ground(scene: &mut Scene) {
    let (w, h) = (scene.width, scene.height);
    scene.rect(0.0, 0.0, w, h, Fill::Solid(Ink::Card));
}

fn heading(scene: &mut Scene, view: &View<'_>, title: &str) {
    let right = synthetic(scene, view, MARGIN - 2.0);
    scene.styled((MARGIN, MARGIN + 15.0), 18.0, Weight::SemiBold, Anchor::Start, Ink::Text, title);
    let mut about = view.title.clone();
    if let Some(period) = view.period() {
        about = format!("{about} · {period}");
    }
    let about = shorten(&view.fonts, &about, 13.0, Weight::Regular, right.min(scene.width - MARGIN) - MARGIN);
    scene.text((MARGIN, MARGIN + 35.0), 13.0, Anchor::Start, Ink::Muted, about);
}

/// The label of generated posts in the upper right corner; returns where the room left of it ends.
pub fn synthetic(scene: &mut Scene, view: &View<'_>, y: f64) -> f64 {
    if !view.data.synthetic {
        return scene.width - MARGIN;
    }
    let text = "SYNTHETIC POSTS";
    let w = view.fonts.width(text, 12.0, Weight::SemiBold) + 20.0;
    let x = scene.width - MARGIN - w;
    scene.push(Shape::Rect { x, y, w, h: 24.0, radius: 12.0, fill: Fill::Solid(Ink::WarnBack) });
    scene.styled((x + 10.0, y + 16.3), 12.0, Weight::SemiBold, Anchor::Start, Ink::WarnText, text);
    x - 12.0
}

/// `text` cut with an ellipsis to `width` pixels.
pub fn shorten(fonts: &Fonts, text: &str, size: f64, weight: Weight, width: f64) -> String {
    if fonts.width(text, size, weight) <= width {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    let cut = |n: usize| format!("{}…", chars[..n].iter().collect::<String>().trim_end());
    let (mut low, mut high) = (0, chars.len());
    while low < high {
        let mid = (low + high).div_ceil(2);
        if fonts.width(&cut(mid), size, weight) <= width { low = mid } else { high = mid - 1 }
    }
    cut(low)
}

/// `text` in lines of at most `width` pixels, broken at spaces.
fn wrap(fonts: &Fonts, text: &str, size: f64, width: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { continue };
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if line.is_empty() || fonts.width(&longer, size, Weight::Regular) <= width {
            *line = longer;
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_and_cut() {
        let fonts = Fonts::load().expect("font");
        let lines = wrap(&fonts, &"some words ".repeat(20), 12.0, 200.0);
        assert!(lines.len() > 3 && lines.iter().all(|l| fonts.width(l, 12.0, Weight::Regular) <= 200.0));
        let short = shorten(&fonts, &"x".repeat(400), 12.0, Weight::Regular, 100.0);
        assert!(short.ends_with('…') && fonts.width(&short, 12.0, Weight::Regular) <= 100.0);
        assert_eq!(shorten(&fonts, "ab", 12.0, Weight::Regular, 100.0), "ab");
    }
}
