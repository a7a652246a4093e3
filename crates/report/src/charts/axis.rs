//! The time axis and the value axis that the charts share.

use crate::bins::Bins;
use crate::font::{Fonts, Weight};
use crate::num::{count, duration};
use crate::scene::{Anchor, Fill, Scene, Shape};
use crate::theme::Ink;
use crate::ticks::{midnights, time_ticks, value_ticks};

pub const SMALL: f64 = 12.0;
/// Room below the plot for the two rows of the time axis.
pub const TIME_AXIS: f64 = 42.0;

/// The rectangle inside the axes, with its two scales.
#[derive(Debug, Clone, Copy)]
pub struct Plot {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
    pub start: i64,
    pub end: i64,
    /// The value at the top; 0 is at the bottom.
    pub max: f64,
}

impl Plot {
    pub fn x(&self, unix: i64) -> f64 {
        let span = (self.end.saturating_sub(self.start)).max(1) as f64;
        self.left + (self.right - self.left) * (unix.saturating_sub(self.start) as f64 / span)
    }

    pub fn y(&self, value: f64) -> f64 {
        self.bottom - (self.bottom - self.top) * (value / self.max).clamp(0.0, 1.0)
    }

    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }

    pub fn width(&self) -> f64 {
        self.right - self.left
    }
}

/// Marks of a value axis with their labels.
pub struct Values {
    pub marks: Vec<f64>,
    pub labels: Vec<String>,
}

impl Values {
    pub fn new(top: f64, max: usize, whole: bool, label: impl Fn(f64) -> String) -> Self {
        let marks = value_ticks(top, max, whole);
        let labels = marks.iter().map(|v| label(*v)).collect();
        Self { marks, labels }
    }

    pub fn top(&self) -> f64 {
        self.marks.last().copied().unwrap_or(1.0)
    }

    /// Room that the labels need left of the plot.
    pub fn room(&self, fonts: &Fonts) -> f64 {
        let widest = self.labels.iter().map(|l| fonts.width(l, SMALL, Weight::Regular)).fold(0.0, f64::max);
        (widest + 10.0).ceil()
    }

    /// Grid lines and labels.
    pub fn draw(&self, scene: &mut Scene, plot: &Plot) {
        for (mark, label) in self.marks.iter().zip(&self.labels) {
            let y = plot.y(*mark).round() + 0.5;
            if *mark > 0.0 {
                scene.line((plot.left, y), (plot.right, y), Ink::Grid);
            }
            scene.text((plot.left - 8.0, y + 4.0), SMALL, Anchor::End, Ink::Muted, label.as_str());
        }
    }
}

/// The base line, marks and labels below `plot`, and the faint lines of midnights inside it.
pub fn time_axis(scene: &mut Scene, plot: &Plot, fonts: &Fonts) {
    let many = (plot.width() / 51.0).max(2.0) as usize;
    let base = plot.bottom.round() + 0.5;
    for at in midnights(plot.start, plot.end, 40) {
        let x = plot.x(at).round() + 0.5;
        if x > plot.left + 1.0 && x < plot.right - 1.0 {
            scene.line((x, plot.top), (x, plot.bottom), Ink::Grid);
        }
    }
    scene.line((plot.left, base), (plot.right, base), Ink::Muted);
    let mut context_end = f64::NEG_INFINITY;
    for tick in time_ticks(plot.start, plot.end, many) {
        let x = plot.x(tick.at);
        let mark = x.round() + 0.5;
        scene.line((mark, base), (mark, base + 4.0), Ink::Muted);
        let half = fonts.width(&tick.label, SMALL, Weight::Regular) / 2.0;
        // The outermost labels stay inside the picture.
        let at = x.clamp(half.min(plot.left), (scene.width - half).max(half));
        scene.text((at, base + 17.0), SMALL, Anchor::Middle, Ink::Muted, tick.label);
        let Some(context) = tick.context else { continue };
        let width = fonts.width(&context, SMALL, Weight::SemiBold);
        let left = (at - width / 2.0).clamp(0.0, (scene.width - width).max(0.0));
        if left > context_end + 10.0 {
            context_end = left + width;
            // Held at the edge that it is near, whatever font draws it.
            let (x, anchor) = match () {
                () if left <= 0.0 => (0.0, Anchor::Start),
                () if context_end >= scene.width => (scene.width, Anchor::End),
                () => (at, Anchor::Middle),
            };
            scene.styled((x, base + 33.0), SMALL, Weight::SemiBold, anchor, Ink::Muted, context);
        }
    }
}

/// Shades the stretches of time without a row.
pub fn gaps(scene: &mut Scene, plot: &Plot, bins: &Bins) {
    for (start, end) in bins.gaps() {
        let (x0, x1) = (plot.x(start), plot.x(end));
        let tip = format!("{} UTC\nno data", crate::num::stretch(start, end));
        let rect = Shape::Rect {
            x: x0,
            y: plot.top,
            w: x1 - x0,
            h: plot.height(),
            radius: 0.0,
            fill: Fill::Solid(Ink::Gap),
        };
        scene.push_tip(rect, tip);
    }
}

/// `Each bar is one window of 15 min.`, or of how many windows a bar is the sum.
pub fn resolution(bins: &Bins, what: &str, windows: u32) -> String {
    if bins.windows_per_bin <= 1 {
        format!("Each {what} is one window of {}.", duration(bins.width))
    } else {
        format!(
            "Each {what} is {}: {} windows of {} added up.",
            duration(bins.width),
            count(bins.windows_per_bin.unsigned_abs()),
            duration(i64::from(windows.max(1)))
        )
    }
}

/// Says in the middle of an empty picture that there is nothing to see.
pub fn nothing(scene: &mut Scene, text: &str) {
    scene.height = scene.height.min(140.0);
    let (w, h) = (scene.width, scene.height);
    scene.push(Shape::Rect { x: 0.0, y: 0.0, w, h, radius: 8.0, fill: Fill::Solid(Ink::Gap) });
    scene.text((w / 2.0, h / 2.0 + 5.0), 14.0, Anchor::Middle, Ink::Muted, text);
    text.clone_into(&mut scene.desc);
}
