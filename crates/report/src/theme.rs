//! Colours by role. The four labels differ in hue and lightness for readers with any kind of colour vision, and each has a
//! contrast of at least 4.5 to 1 on the backgrounds that it appears on (a test computes it).

use crate::data::Label4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Behind everything.
    Page,
    /// Behind a chart.
    Card,
    /// Hairlines of cards.
    Line,
    Grid,
    Text,
    Muted,
    /// Bars that belong to no label.
    Bar,
    /// Stretches of time without data.
    Gap,
    WarnBack,
    WarnText,
    Label(Label4),
}

impl Ink {
    pub const ALL: [Self; 14] = [
        Self::Page,
        Self::Card,
        Self::Line,
        Self::Grid,
        Self::Text,
        Self::Muted,
        Self::Bar,
        Self::Gap,
        Self::WarnBack,
        Self::WarnText,
        Self::Label(Label4::Positive),
        Self::Label(Label4::Negative),
        Self::Label(Label4::Neutral),
        Self::Label(Label4::Mixed),
    ];

    /// Its name in the page's style sheet: the variable `--name`, and the classes `f-name` (fill) and `s-name` (stroke).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Card => "card",
            Self::Line => "line",
            Self::Grid => "grid",
            Self::Text => "text",
            Self::Muted => "muted",
            Self::Bar => "bar",
            Self::Gap => "gap",
            Self::WarnBack => "warnback",
            Self::WarnText => "warntext",
            Self::Label(label) => label.name(),
        }
    }

    /// Its light colour, 0xRRGGBB; exported pictures use it. `assets/look.css` holds the same (a test compares).
    pub const fn light(self) -> u32 {
        match self {
            Self::Page => 0xf6_f7_f9,
            Self::Card => 0xff_ff_ff,
            Self::Line => 0xe1_e5_ea,
            Self::Grid => 0xe9_ec_f0,
            Self::Text => 0x1a_20_29,
            Self::Muted => 0x57_60_6c,
            Self::Bar => 0x5f_71_8a,
            Self::Gap => 0xee_f0_f3,
            Self::WarnBack => 0xff_f1_c9,
            Self::WarnText => 0x6d_46_00,
            Self::Label(Label4::Positive) => 0x0c_72_b6,
            Self::Label(Label4::Negative) => 0xc2_48_0a,
            Self::Label(Label4::Neutral) => 0x68_71_7b,
            Self::Label(Label4::Mixed) => 0x7b_2a_83,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(rgb: u32) -> f64 {
        let part = |shift: u32| {
            let c = f64::from((rgb >> shift) & 0xff) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0)
    }

    fn contrast(a: u32, b: u32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn css() -> &'static str {
        include_str!("../assets/look.css")
    }

    /// The values of `--name` in the style sheet, in the order light, dark (by media), dark (by choice).
    fn values(ink: Ink) -> Vec<u32> {
        let key = format!("--{}:", ink.name());
        let hex =
            |rest: &str| u32::from_str_radix(rest.trim_start().trim_start_matches('#').get(..6)?, 16).ok();
        css().split(&key).skip(1).filter_map(hex).collect()
    }

    #[test]
    fn style_sheet_and_pictures_share_the_light_colours() {
        for ink in Ink::ALL {
            let values = values(ink);
            assert_eq!(values.len(), 3, "{ink:?}");
            assert_eq!(values[0], ink.light(), "{ink:?}");
            assert_eq!(values[1], values[2], "{ink:?}: the two dark themes differ");
        }
    }

    #[test]
    fn text_has_contrast_in_both_themes() {
        let text = [Ink::Text, Ink::Muted].into_iter().chain(Label4::ALL.into_iter().map(Ink::Label));
        for ink in text {
            for theme in 0..2 {
                for back in [Ink::Page, Ink::Card] {
                    let ratio = contrast(values(ink)[theme], values(back)[theme]);
                    assert!(ratio >= 4.5, "{ink:?} on {back:?}, theme {theme}: {ratio:.2}");
                }
            }
        }
        for theme in 0..2 {
            assert!(contrast(values(Ink::WarnText)[theme], values(Ink::WarnBack)[theme]) >= 4.5);
        }
    }
}
