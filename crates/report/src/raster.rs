//! A scene as PNG, painted in the light theme with the built-in font. Deterministic: the same scene gives the same bytes.

use tiny_skia::{
    Color, FillRule, FilterQuality, LineCap, LineJoin, Paint, Path, PathBuilder, Pattern, Pixmap, Rect,
    Shader, SpreadMode, Stroke, StrokeDash, Transform,
};

use crate::ReportError;
use crate::font::{Fonts, Weight};
use crate::palette::Indexed;
use crate::scene::{Anchor, Dash, Fill, Scene, Shape};
use crate::theme::Ink;

/// Paints `scene`, `zoom` pixels for each logical one, on the card's colour. `name` is for errors.
pub fn png(scene: &Scene, fonts: &Fonts, zoom: f32, name: &'static str) -> Result<Vec<u8>, ReportError> {
    let paint_error = || ReportError::Paint(name);
    let side = |v: f64| (v * f64::from(zoom)).ceil() as u32;
    let pixels = Pixmap::new(side(scene.width), side(scene.height)).ok_or_else(paint_error)?;
    let mut canvas = Canvas { pixels, scale: Transform::from_scale(zoom, zoom) };
    canvas.pixels.fill(color(Ink::Card, 1.0));
    let hatch = hatch_tile(zoom).ok_or_else(paint_error)?;
    for item in &scene.items {
        canvas.draw(&item.shape, fonts, &hatch);
    }
    encode(&canvas.pixels).map_err(|e| ReportError::Encode(name, e))
}

/// More would cost twice the time for 5 % of the bytes.
const DEFLATE: u8 = 3;

/// Flat colours and their edges: 256 colours hold a picture, in a third of the bytes.
fn encode(pixels: &Pixmap) -> Result<Vec<u8>, png::EncodingError> {
    let Indexed { palette, pixels: indexed } = Indexed::new(pixels.data());
    let mut out = Vec::with_capacity(128 * 1024);
    let mut encoder = png::Encoder::new(&mut out, pixels.width(), pixels.height());
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette);
    encoder.set_deflate_compression(png::DeflateCompression::Level(DEFLATE));
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&indexed)?;
    writer.finish()?;
    Ok(out)
}

fn color(ink: Ink, opacity: f64) -> Color {
    let rgb = ink.light();
    let alpha = (opacity.clamp(0.0, 1.0) * 255.0).round() as u8;
    Color::from_rgba8((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8, alpha)
}

fn solid(ink: Ink, opacity: f64) -> Paint<'static> {
    Paint { shader: Shader::SolidColor(color(ink, opacity)), anti_alias: true, ..Paint::default() }
}

/// The tile has the size of real pixels; `scaled` undoes what the canvas does to paths.
fn hatched(tile: &Pixmap, scaled: bool) -> Paint<'_> {
    let factor = if scaled { HATCH / tile.width() as f32 } else { 1.0 };
    let unscale = Transform::from_scale(factor, factor);
    let shader = Pattern::new(tile.as_ref(), SpreadMode::Repeat, FilterQuality::Nearest, 1.0, unscale);
    Paint { shader, anti_alias: true, ..Paint::default() }
}

/// Logical pixels of a side of the hatch, as in the SVG.
const HATCH: f32 = 6.0;

/// The same stripes as in the SVG.
fn hatch_tile(zoom: f32) -> Option<Pixmap> {
    let side = (HATCH * zoom).round() as u32;
    let mut tile = Canvas { pixels: Pixmap::new(side, side)?, scale: Transform::from_scale(zoom, zoom) };
    let mut path = PathBuilder::new();
    for [x0, y0, x1, y1] in [[-1.5, 1.5, 1.5, -1.5], [0.0, 6.0, 6.0, 0.0], [4.5, 7.5, 7.5, 4.5]] {
        path.move_to(x0, y0);
        path.line_to(x1, y1);
    }
    tile.stroke(path.finish(), Ink::Card, 1.8, Dash::Solid);
    Some(tile.pixels)
}

struct Canvas {
    pixels: Pixmap,
    scale: Transform,
}

impl Canvas {
    fn draw(&mut self, shape: &Shape, fonts: &Fonts, hatch: &Pixmap) {
        match shape {
            Shape::Rect { fill: Fill::Hit, .. } => {}
            Shape::Rect { x, y, w, h, radius, fill } => {
                let paint = match fill {
                    Fill::Solid(ink) => solid(*ink, 1.0),
                    Fill::Tint(ink, opacity) => solid(*ink, *opacity),
                    Fill::Hatch => hatched(hatch, *radius > 0.0),
                    Fill::Hit => return,
                };
                if *radius > 0.0 {
                    self.fill(rounded([*x, *y, *w, *h], *radius), &paint);
                } else {
                    self.fill_rect([*x, *y, *w, *h], &paint);
                }
            }
            Shape::Frame { x, y, w, h, radius, ink, width } => {
                self.stroke(rounded([*x, *y, *w, *h], *radius), *ink, *width, Dash::Solid);
            }
            Shape::Dot { x, y, radius, ink } => {
                let circle = PathBuilder::from_circle(*x as f32, *y as f32, *radius as f32);
                self.fill(circle, &solid(*ink, 1.0));
            }
            Shape::Lines { lines, ink, width, dash } => {
                let mut path = PathBuilder::new();
                for line in lines {
                    for (i, (x, y)) in line.iter().enumerate() {
                        let (x, y) = (*x as f32, *y as f32);
                        if i == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
                    }
                }
                self.stroke(path.finish(), *ink, *width, *dash);
            }
            Shape::Text { x, y, size, weight, anchor, ink, text, .. } => {
                let width = || fonts.width(text, *size, *weight);
                let left = match anchor {
                    Anchor::Start => *x,
                    Anchor::Middle => x - width() / 2.0,
                    Anchor::End => x - width(),
                };
                self.fill(text_path(fonts, text, *weight, (left, *y, *size)), &solid(*ink, 1.0));
            }
        }
    }

    fn fill(&mut self, path: Option<Path>, paint: &Paint<'_>) {
        if let Some(path) = path {
            self.pixels.fill_path(&path, paint, FillRule::Winding, self.scale, None);
        }
    }

    /// Scaled here: the canvas has a short way for rectangles without a transform.
    fn fill_rect(&mut self, rect: [f64; 4], paint: &Paint<'_>) {
        let [x, y, w, h] = rect.map(|v| v as f32 * self.scale.sx);
        if let Some(rect) = Rect::from_xywh(x, y, w, h) {
            self.pixels.fill_rect(rect, paint, Transform::identity(), None);
        }
    }

    fn stroke(&mut self, path: Option<Path>, ink: Ink, width: f64, dash: Dash) {
        let Some(path) = path else { return };
        let lengths = dash.pattern().map(|p| p.map(|v| (v * width) as f32).to_vec());
        let stroke = Stroke {
            width: width as f32,
            line_cap: LineCap::Butt,
            line_join: LineJoin::Round,
            dash: lengths.and_then(|l| StrokeDash::new(l, 0.0)),
            ..Stroke::default()
        };
        self.pixels.stroke_path(&path, &solid(ink, 1.0), &stroke, self.scale, None);
    }
}

fn rounded([x, y, w, h]: [f64; 4], radius: f64) -> Option<Path> {
    let rect = Rect::from_xywh(x as f32, y as f32, w as f32, h as f32)?;
    let r = radius.min(w / 2.0).min(h / 2.0) as f32;
    if r <= 0.0 {
        return Some(PathBuilder::from_rect(rect));
    }
    // A quarter of a circle as one cubic curve.
    let k = r * 0.552_285;
    let (l, t, rt, b) = (rect.left(), rect.top(), rect.right(), rect.bottom());
    let mut p = PathBuilder::new();
    p.move_to(l + r, t);
    p.line_to(rt - r, t);
    p.cubic_to(rt - r + k, t, rt, t + r - k, rt, t + r);
    p.line_to(rt, b - r);
    p.cubic_to(rt, b - r + k, rt - r + k, b, rt - r, b);
    p.line_to(l + r, b);
    p.cubic_to(l + r - k, b, l, b - r + k, l, b - r);
    p.line_to(l, t + r);
    p.cubic_to(l, t + r - k, l + r - k, t, l + r, t);
    p.close();
    p.finish()
}

/// Receives glyph outlines in font units and adds them to a path in logical pixels.
struct Pen {
    path: PathBuilder,
    left: f64,
    baseline: f64,
    factor: f64,
    glyph: f64,
}

impl Pen {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        let x = self.left + (self.glyph + f64::from(x)) * self.factor;
        (x as f32, (self.baseline - f64::from(y) * self.factor) as f32)
    }
}

impl ttf_parser::OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }
    fn close(&mut self) {
        self.path.close();
    }
}

fn text_path(
    fonts: &Fonts,
    text: &str,
    weight: Weight,
    (left, baseline, size): (f64, f64, f64),
) -> Option<Path> {
    let factor = size / fonts.units_per_em();
    let mut pen = Pen { path: PathBuilder::new(), left, baseline, factor, glyph: 0.0 };
    fonts.outline(text, weight, &mut pen, |pen, x| pen.glyph = x);
    pen.path.finish()
}
