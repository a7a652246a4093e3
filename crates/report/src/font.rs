//! The built-in font: widths for layout, outlines for the PNG pictures. Two weights of Inter, cut down to Latin, Greek and
//! Cyrillic (see `assets/font`). No shaping: what the font cannot draw plainly is for the page only.

use ttf_parser::{Face, FaceParsingError, GlyphId, OutlineBuilder};

use crate::text::is_combining;

static REGULAR: &[u8] = include_bytes!("../assets/font/Inter-Regular.subset.otf");
static SEMI_BOLD: &[u8] = include_bytes!("../assets/font/Inter-SemiBold.subset.otf");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    Regular,
    SemiBold,
}

pub struct Fonts {
    regular: Face<'static>,
    semi_bold: Face<'static>,
}

impl Fonts {
    pub fn load() -> Result<Self, FaceParsingError> {
        Ok(Self { regular: Face::parse(REGULAR, 0)?, semi_bold: Face::parse(SEMI_BOLD, 0)? })
    }

    fn face(&self, weight: Weight) -> &Face<'static> {
        match weight {
            Weight::Regular => &self.regular,
            Weight::SemiBold => &self.semi_bold,
        }
    }

    /// Whether every character of `text` has a glyph, and none needs shaping.
    pub fn can_draw(&self, text: &str) -> bool {
        text.chars().all(|c| !is_combining(c) && self.semi_bold.glyph_index(c).is_some())
    }

    /// Width of `text` in pixels at `size` pixels.
    pub fn width(&self, text: &str, size: f64, weight: Weight) -> f64 {
        let face = self.face(weight);
        let mut end = 0.0;
        walk(face, text, |glyph, x| end = x + f64::from(face.glyph_hor_advance(glyph).unwrap_or(0)));
        end * size / f64::from(face.units_per_em())
    }

    /// Draws `text` into `pen`, in font units with y upwards; calls `place` with each glyph's x before its outline.
    pub fn outline<P: OutlineBuilder>(
        &self,
        text: &str,
        weight: Weight,
        pen: &mut P,
        mut place: impl FnMut(&mut P, f64),
    ) {
        let face = self.face(weight);
        walk(face, text, |glyph, x| {
            place(pen, x);
            // A glyph without an outline is a space.
            let _ = face.outline_glyph(glyph, pen);
        });
    }

    pub fn units_per_em(&self) -> f64 {
        f64::from(self.regular.units_per_em())
    }
}

/// Calls `each` with every glyph and its x in font units, kerning included. What the font lacks is its empty box.
fn walk(face: &Face<'_>, text: &str, mut each: impl FnMut(GlyphId, f64)) {
    let kerning = face.tables().kern.and_then(|k| k.subtables.into_iter().find(|s| s.horizontal));
    let (mut x, mut last) = (0.0, None);
    for c in text.chars() {
        let glyph = face.glyph_index(c).unwrap_or_default();
        if let (Some(table), Some(left)) = (&kerning, last) {
            x += f64::from(table.glyphs_kerning(left, glyph).unwrap_or(0));
        }
        each(glyph, x);
        x += f64::from(face.glyph_hor_advance(glyph).unwrap_or(0));
        last = Some(glyph);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_draws_what_it_should_and_knows_what_it_cannot() {
        let fonts = Fonts::load().expect("font");
        assert!(fonts.can_draw("Ordinary “quotes” – naïve Ελληνικά Привет łódź #tag → €5"));
        assert!(!fonts.can_draw("東京"));
        assert!(!fonts.can_draw("😡"));
        assert!(!fonts.can_draw("مرحبا"));
        assert!(!fonts.can_draw("e\u{301}"));
    }

    #[test]
    fn widths_grow_with_size_and_kerning_pulls_together() {
        let fonts = Fonts::load().expect("font");
        let width = |t: &str, s: f64| fonts.width(t, s, Weight::Regular);
        assert!((width("hello", 20.0) - 2.0 * width("hello", 10.0)).abs() < 1e-9);
        assert!(width("To", 10.0) < width("T", 10.0) + width("o", 10.0));
        assert!(fonts.width("hello", 10.0, Weight::SemiBold) > width("hello", 10.0));
    }
}
