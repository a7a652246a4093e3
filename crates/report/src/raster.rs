//! A scene as PNG, painted in the light theme with the built-in font. Deterministic: the same scene gives the same bytes.

use tiny_skia::{
    Color, FillRule, FilterQuality, LineCap, LineJoin, Paint, Path, PathBuilder, Pattern, Pixmap, Rect,
    Shader, SpreadMode, Stroke, StrokeDash, Transform,
};

use crate::ReportError;
use crate::font::{Fonts, Weight};
use crate::limits::PNG_SCALE;
use crate::scene::{Anchor, Dash, Fill, Scene, Shape};
use crate::theme::Ink;

/// Paints `scene` on the card's colour. `name` is for errors.
pub fn png(scene: &Scene, fonts: &Fonts, name: &'static str) -> Result<Vec<u8>, ReportError> {
    let paint_error = || ReportError::Paint(name);
    let side = |v: f64| (v * f64::from(PNG_SCALE)).ceil() as u32;
    let mut pixels = Pixmap::new(side(scene.width), side(scene.height)).ok_or_else(paint_error)?;
    pixels.fill(color(Ink::Card, 1.0));
    let hatch = hatch_tile().ok_or_else(paint_error)?;
    for item in &scene.items {
        draw(&mut pixels, &item.shape, fonts, &hatch);
    }
    encode(&pixels).map_err(|e| ReportError::Encode(name, e))
}

/// Every picture is opaque: three bytes a pixel are enough.
fn encode(pixels: &Pixmap) -> Result<Vec<u8>, png::EncodingError> {
    let mut rgb = Vec::with_capacity(pixels.data().len() / 4 * 3);
    for pixel in pixels.data().chunks_exact(4) {
        rgb.extend_from_slice(&pixel[..3]);
    }
    let mut out = Vec::with_capacity(128 * 1024);
    let mut encoder = png::Encoder::new(&mut out, pixels.width(), pixels.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&rgb)?;
    writer.finish()?;
    Ok(out)
}

fn draw(pixels: &mut Pixmap, shape: &Shape, fonts: &Fonts, hatch: &Pixmap) {
    match shape {
        Shape::Rect { fill: Fill::Hit, .. } => {}
        Shape::Rect { x, y, w, h, radius, fill } => {
            let paint = match fill {
                Fill::Solid(ink) => solid(*ink, 1.0),
                Fill::Tint(ink, opacity) => solid(*ink, *opacity),
                Fill::Hatch => hatched(hatch),
                Fill::Hit => return,
            };
            fill_path(pixels, rounded([*x, *y, *w, *h], *radius), &paint);
        }
        Shape::Frame { x, y, w, h, radius, ink, width } => {
            stroke_path(pixels, rounded([*x, *y, *w, *h], *radius), *ink, *width, Dash::Solid);
        }
        Shape::Dot { x, y, radius, ink } => {
            let circle = PathBuilder::from_circle(*x as f32, *y as f32, *radius as f32);
            fill_path(pixels, circle, &solid(*ink, 1.0));
        }
        Shape::Lines { lines, ink, width, dash } => {
            let mut path = PathBuilder::new();
            for line in lines {
                for (i, (x, y)) in line.iter().enumerate() {
                    let (x, y) = (*x as f32, *y as f32);
                    if i == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
                }
            }
            stroke_path(pixels, path.finish(), *ink, *width, *dash);
        }
        Shape::Text { x, y, size, weight, anchor, ink, text, .. } => {
            let width = || fonts.width(text, *size, *weight);
            let left = match anchor {
                Anchor::Start => *x,
                Anchor::Middle => x - width() / 2.0,
                Anchor::End => x - width(),
            };
            fill_path(pixels, text_path(fonts, text, *weight, (left, *y, *size)), &solid(*ink, 1.0));
        }
    }
}

fn scale() -> Transform {
    Transform::from_scale(PNG_SCALE, PNG_SCALE)
}

fn color(ink: Ink, opacity: f64) -> Color {
    let rgb = ink.light();
    let alpha = (opacity.clamp(0.0, 1.0) * 255.0).round() as u8;
    Color::from_rgba8((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8, alpha)
}

fn solid(ink: Ink, opacity: f64) -> Paint<'static> {
    Paint { shader: Shader::SolidColor(color(ink, opacity)), anti_alias: true, ..Paint::default() }
}

fn hatched(tile: &Pixmap) -> Paint<'_> {
    let unscale = Transform::from_scale(1.0 / PNG_SCALE, 1.0 / PNG_SCALE);
    let shader = Pattern::new(tile.as_ref(), SpreadMode::Repeat, FilterQuality::Nearest, 1.0, unscale);
    Paint { shader, anti_alias: true, ..Paint::default() }
}

/// The same stripes as in the SVG: 6 logical pixels a side.
fn hatch_tile() -> Option<Pixmap> {
    let side = (6.0 * PNG_SCALE) as u32;
    let mut tile = Pixmap::new(side, side)?;
    let mut path = PathBuilder::new();
    for [x0, y0, x1, y1] in [[-1.5, 1.5, 1.5, -1.5], [0.0, 6.0, 6.0, 0.0], [4.5, 7.5, 7.5, 4.5]] {
        path.move_to(x0, y0);
        path.line_to(x1, y1);
    }
    stroke_path(&mut tile, path.finish(), Ink::Card, 1.8, Dash::Solid);
    Some(tile)
}

fn fill_path(pixels: &mut Pixmap, path: Option<Path>, paint: &Paint<'_>) {
    if let Some(path) = path {
        pixels.fill_path(&path, paint, FillRule::Winding, scale(), None);
    }
}

fn stroke_path(pixels: &mut Pixmap, path: Option<Path>, ink: Ink, width: f64, dash: Dash) {
    let Some(path) = path else { return };
    let lengths = dash.pattern().map(|p| p.map(|v| (v * width) as f32).to_vec());
    let stroke = Stroke {
        width: width as f32,
        line_cap: LineCap::Butt,
        line_join: LineJoin::Round,
        dash: lengths.and_then(|l| StrokeDash::new(l, 0.0)),
        ..Stroke::default()
    };
    pixels.stroke_path(&path, &solid(ink, 1.0), &stroke, scale(), None);
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
