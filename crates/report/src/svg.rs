//! A scene as SVG: inside the page, with classes that follow its light or dark theme, or as a file of its own in the light one.

use std::fmt::Write as _;

use crate::font::Weight;
use crate::scene::{Anchor, Dash, Fill, Scene, Shape};
use crate::text::push_escaped;
use crate::theme::Ink;

/// Tried in this order by whatever shows the file.
const FONT_FAMILY: &str = "Inter, system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

#[derive(Debug, Clone, Copy)]
pub enum Mode<'a> {
    /// In the page; `id` is unique there.
    Inline { id: &'a str },
    /// A file of its own.
    File,
}

impl Mode<'_> {
    fn id(&self) -> &str {
        match self {
            Self::Inline { id } => id,
            Self::File => "p",
        }
    }
}

pub fn write(scene: &Scene, mode: Mode<'_>) -> String {
    let mut out = String::with_capacity(256 + scene.items.len() * 96);
    head(&mut out, scene, mode);
    for item in &scene.items {
        let tip = item.tip.as_deref().filter(|_| matches!(mode, Mode::Inline { .. }));
        if tip.is_none() && matches!(item.shape, Shape::Rect { fill: Fill::Hit, .. }) {
            continue;
        }
        shape(&mut out, &item.shape, mode, tip);
    }
    out.push_str("</svg>\n");
    out
}

fn head(out: &mut String, scene: &Scene, mode: Mode<'_>) {
    let (w, h, id) = (Num(scene.width), Num(scene.height), mode.id());
    let _ = write!(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" role=\"img\"");
    match mode {
        Mode::Inline { .. } => {
            let _ = write!(out, " class=\"chart\" aria-labelledby=\"{id}-t {id}-d\">");
        }
        Mode::File => {
            let _ = write!(out, " width=\"{w}\" height=\"{h}\" font-family=\"{FONT_FAMILY}\"");
            let _ = write!(out, " aria-labelledby=\"{id}-t {id}-d\">");
        }
    }
    let _ = write!(out, "\n<title id=\"{id}-t\">");
    push_escaped(out, &scene.title);
    let _ = write!(out, "</title>\n<desc id=\"{id}-d\">");
    push_escaped(out, &scene.desc);
    out.push_str("</desc>\n");
    if scene.items.iter().any(|i| matches!(i.shape, Shape::Rect { fill: Fill::Hatch, .. })) {
        let _ = write!(
            out,
            "<defs><pattern id=\"{id}-h\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">\
             <path d=\"M-1.5 1.5L1.5 -1.5M0 6L6 0M4.5 7.5L7.5 4.5\" fill=\"none\""
        );
        stroke(out, Ink::Card, 1.8, mode);
        out.push_str("/></pattern></defs>\n");
    }
}

fn shape(out: &mut String, shape: &Shape, mode: Mode<'_>, tip: Option<&str>) {
    match shape {
        Shape::Rect { x, y, w, h, radius, fill: paint } => {
            rect(out, [*x, *y, *w, *h], *radius);
            fill(out, *paint, mode);
            close(out, "rect", tip);
        }
        Shape::Frame { x, y, w, h, radius, ink, width } => {
            rect(out, [*x, *y, *w, *h], *radius);
            out.push_str(" fill=\"none\"");
            stroke(out, *ink, *width, mode);
            close(out, "rect", tip);
        }
        Shape::Dot { x, y, radius, ink } => {
            let _ = write!(out, "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"", Num(*x), Num(*y), Num(*radius));
            fill(out, Fill::Solid(*ink), mode);
            close(out, "circle", tip);
        }
        Shape::Lines { lines, ink, width, dash } => {
            out.push_str("<path d=\"");
            for line in lines {
                for (i, (x, y)) in line.iter().enumerate() {
                    let _ = write!(out, "{}{} {}", if i == 0 { 'M' } else { 'L' }, Num(*x), Num(*y));
                }
            }
            out.push_str("\" fill=\"none\"");
            stroke(out, *ink, *width, mode);
            dashes(out, *dash, *width);
            close(out, "path", tip);
        }
        Shape::Text { x, y, size, weight, anchor, ink, text, fit } => {
            let _ = write!(out, "<text x=\"{}\" y=\"{}\" font-size=\"{}\"", Num(*x), Num(*y), Num(*size));
            match anchor {
                Anchor::Start => {}
                Anchor::Middle => out.push_str(" text-anchor=\"middle\""),
                Anchor::End => out.push_str(" text-anchor=\"end\""),
            }
            if *weight == Weight::SemiBold {
                out.push_str(" font-weight=\"600\"");
            }
            if let Some(width) = fit {
                let _ = write!(out, " textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\"", Num(*width));
            }
            fill(out, Fill::Solid(*ink), mode);
            out.push('>');
            title(out, tip);
            push_escaped(out, text);
            out.push_str("</text>\n");
        }
    }
}

fn rect(out: &mut String, [x, y, w, h]: [f64; 4], radius: f64) {
    let _ = write!(out, "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"", Num(x), Num(y), Num(w), Num(h));
    if radius > 0.0 {
        let _ = write!(out, " rx=\"{}\"", Num(radius));
    }
}

fn close(out: &mut String, tag: &str, tip: Option<&str>) {
    if tip.is_some() {
        out.push('>');
        title(out, tip);
        let _ = writeln!(out, "</{tag}>");
    } else {
        out.push_str("/>\n");
    }
}

fn title(out: &mut String, tip: Option<&str>) {
    if let Some(tip) = tip {
        out.push_str("<title>");
        push_tip(out, tip);
        out.push_str("</title>");
    }
}

/// Tips keep their line breaks, which `push_escaped` would take for control characters.
fn push_tip(out: &mut String, tip: &str) {
    for (i, line) in tip.split('\n').enumerate() {
        if i > 0 {
            out.push('\n');
        }
        push_escaped(out, line);
    }
}

fn fill(out: &mut String, paint: Fill, mode: Mode<'_>) {
    let (ink, opacity) = match paint {
        Fill::Solid(ink) => (ink, None),
        Fill::Tint(ink, opacity) => (ink, Some(opacity)),
        Fill::Hatch => {
            let _ = write!(out, " fill=\"url(#{}-h)\"", mode.id());
            return;
        }
        Fill::Hit => return out.push_str(" class=\"hit\""),
    };
    let _ = match mode {
        Mode::Inline { .. } => write!(out, " class=\"f-{}\"", ink.name()),
        Mode::File => write!(out, " fill=\"#{:06x}\"", ink.light()),
    };
    if let Some(opacity) = opacity {
        let _ = write!(out, " fill-opacity=\"{}\"", Num(opacity));
    }
}

fn stroke(out: &mut String, ink: Ink, width: f64, mode: Mode<'_>) {
    let _ = match mode {
        Mode::Inline { .. } => write!(out, " class=\"s-{}\"", ink.name()),
        Mode::File => write!(out, " stroke=\"#{:06x}\"", ink.light()),
    };
    let _ = write!(out, " stroke-width=\"{}\"", Num(width));
}

fn dashes(out: &mut String, dash: Dash, width: f64) {
    out.push_str(" stroke-linejoin=\"round\"");
    if let Some([on, off]) = dash.pattern() {
        let _ = write!(out, " stroke-dasharray=\"{} {}\"", Num(on * width), Num(off * width));
    }
}

/// A coordinate with at most two decimals, without trailing zeros.
struct Num(f64);

impl std::fmt::Display for Num {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hundredths = if self.0.is_finite() { (self.0 * 100.0).round() as i64 } else { 0 };
        let (sign, n) = (if hundredths < 0 { "-" } else { "" }, hundredths.unsigned_abs());
        match (n / 100, n % 100) {
            (whole, 0) => write!(f, "{sign}{whole}"),
            (whole, part) if part % 10 == 0 => write!(f, "{sign}{whole}.{}", part / 10),
            (whole, part) => write!(f, "{sign}{whole}.{part:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let all = [0.0, -0.001, 1.0, 1.5, -2.25, 3.004, f64::NAN].map(|v| Num(v).to_string());
        assert_eq!(all, ["0", "0", "1", "1.5", "-2.25", "3", "0"]);
    }

    #[test]
    fn text_and_tips_are_escaped() {
        let mut scene = Scene::new(10.0, 10.0);
        scene.title = "a<b".into();
        let rect = Shape::Rect { x: 0.0, y: 0.0, w: 1.0, h: 1.0, radius: 0.0, fill: Fill::Hit };
        scene.push_tip(rect, "x & y\n<script>".into());
        scene.text((0.0, 0.0), 10.0, Anchor::Start, Ink::Text, "]]> \u{202E}'\"");
        let svg = write(&scene, Mode::Inline { id: "c" });
        assert!(svg.contains("<title id=\"c-t\">a&lt;b</title>"));
        assert!(svg.contains("<title>x &amp; y\n&lt;script&gt;</title>"));
        assert!(svg.contains(">]]&gt; &#39;&quot;</text>"));
        assert!(!write(&scene, Mode::File).contains("script"));
    }
}
