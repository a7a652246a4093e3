//! A picture as a list of shapes with colour roles, in logical pixels, y downwards. Charts draw into it; `svg` and `raster` turn
//! the same list into the two file formats. It must not know either of them.

use crate::font::Weight;
use crate::theme::Ink;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fill {
    Solid(Ink),
    /// With this opacity.
    Tint(Ink, f64),
    /// Diagonal stripes.
    Hatch,
    /// Nothing to see, but the pointer finds it.
    Hit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dash {
    Solid,
    Dotted,
    Dashed,
}

impl Dash {
    /// Lengths of line and space, in widths of the line.
    pub const fn pattern(self) -> Option<[f64; 2]> {
        match self {
            Self::Solid => None,
            Self::Dotted => Some([1.2, 1.8]),
            Self::Dashed => Some([4.0, 2.0]),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    Rect {
        x: f64,
        y: f64,
        w: f64,
        h: f64,
        radius: f64,
        fill: Fill,
    },
    /// The outline of a rectangle.
    Frame {
        x: f64,
        y: f64,
        w: f64,
        h: f64,
        radius: f64,
        ink: Ink,
        width: f64,
    },
    Dot {
        x: f64,
        y: f64,
        radius: f64,
        ink: Ink,
    },
    /// One or more open lines.
    Lines {
        lines: Vec<Vec<(f64, f64)>>,
        ink: Ink,
        width: f64,
        dash: Dash,
    },
    /// `fit` holds the text to the width that it was measured with, whatever font draws it.
    Text {
        x: f64,
        y: f64,
        size: f64,
        weight: Weight,
        anchor: Anchor,
        ink: Ink,
        text: String,
        fit: Option<f64>,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub shape: Shape,
    /// Shown when the pointer rests on the shape (page only).
    pub tip: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scene {
    pub width: f64,
    pub height: f64,
    /// For readers who do not see the picture.
    pub title: String,
    pub desc: String,
    pub items: Vec<Item>,
}

impl Scene {
    pub fn new(width: f64, height: f64) -> Self {
        Self { width, height, ..Self::default() }
    }

    pub fn push(&mut self, shape: Shape) {
        self.items.push(Item { shape, tip: None });
    }

    pub fn push_tip(&mut self, shape: Shape, tip: String) {
        self.items.push(Item { shape, tip: Some(tip) });
    }

    pub fn rect(&mut self, x: f64, y: f64, w: f64, h: f64, fill: Fill) {
        self.push(Shape::Rect { x, y, w, h, radius: 0.0, fill });
    }

    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), ink: Ink) {
        self.push(Shape::Lines { lines: vec![vec![from, to]], ink, width: 1.0, dash: Dash::Solid });
    }

    /// Plain text of regular weight.
    pub fn text(&mut self, at: (f64, f64), size: f64, anchor: Anchor, ink: Ink, text: impl Into<String>) {
        self.styled(at, size, Weight::Regular, anchor, ink, text);
    }

    pub fn styled(
        &mut self,
        (x, y): (f64, f64),
        size: f64,
        weight: Weight,
        anchor: Anchor,
        ink: Ink,
        text: impl Into<String>,
    ) {
        self.push(Shape::Text { x, y, size, weight, anchor, ink, text: text.into(), fit: None });
    }

    /// Puts `other` into this picture with its upper left corner at (`dx`, `dy`).
    pub fn place(&mut self, other: Self, dx: f64, dy: f64) {
        self.items
            .extend(other.items.into_iter().map(|item| Item { shape: item.shape.moved(dx, dy), ..item }));
    }
}

impl Shape {
    fn moved(mut self, dx: f64, dy: f64) -> Self {
        match &mut self {
            Self::Rect { x, y, .. }
            | Self::Frame { x, y, .. }
            | Self::Dot { x, y, .. }
            | Self::Text { x, y, .. } => {
                *x += dx;
                *y += dy;
            }
            Self::Lines { lines, .. } => {
                for (x, y) in lines.iter_mut().flatten() {
                    *x += dx;
                    *y += dy;
                }
            }
        }
        self
    }
}
