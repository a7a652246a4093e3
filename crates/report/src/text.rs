//! Hostile text made harmless: what may be shown, cut to length, and escaped for HTML and XML. Every string that is not a literal
//! of this crate passes through here on its way to a page or a picture.

/// Characters that carry no ink but can disturb what is around them: controls, bidi controls, joiners, other invisible
/// format characters, and code points that XML 1.0 cannot hold.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{FFFE}' | '\u{FFFF}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}')
}

/// One line of at most `max_chars` characters: white space of any kind becomes one space, hidden characters go, what is
/// longer ends with an ellipsis. Marks that stack on one letter are kept to two, so that a line stays a line.
pub fn one_line(raw: &str, max_chars: usize) -> String {
    let mut out = String::with_capacity(raw.len().min(max_chars * 4));
    let (mut chars, mut marks, mut gap) = (0, 0, false);
    for c in raw.chars() {
        if c.is_whitespace() {
            gap = !out.is_empty();
            continue;
        }
        if is_hidden(c) {
            continue;
        }
        marks = if is_combining(c) { marks + 1 } else { 0 };
        if marks > 2 {
            continue;
        }
        if chars + usize::from(gap) >= max_chars {
            out.push('…');
            return out;
        }
        if gap {
            out.push(' ');
            chars += 1;
            gap = false;
        }
        out.push(c);
        chars += 1;
    }
    out
}

/// The blocks of combining marks that stack on Latin, Greek and Cyrillic letters.
pub fn is_combining(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{1AB0}'..='\u{1AFF}'
        | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

/// Appends `text` escaped for element content and for attribute values, in HTML and in XML alike.
pub fn push_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if is_hidden(c) => {}
            c => out.push(c),
        }
    }
}

/// [`push_escaped`] into a new string.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    push_escaped(&mut out, text);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_quotes_are_escaped() {
        assert_eq!(
            escaped(r#"<a href="x" title='y'>&]]>"#),
            "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;]]&gt;"
        );
    }

    #[test]
    fn invisible_characters_go() {
        assert_eq!(one_line("a\u{0}b\u{202E}c\u{200D}d\u{FEFF}e\u{2066}f\u{E0041}g", 100), "abcdefg");
        assert_eq!(escaped("a\u{0}b\u{202E}c\u{FFFF}"), "abc");
    }

    #[test]
    fn white_space_folds_and_length_is_kept() {
        assert_eq!(one_line("  a \n\t b\r\n", 100), "a b");
        assert_eq!(one_line("abcdef", 4), "abcd…");
        assert_eq!(one_line("abcd", 4), "abcd");
        assert!(one_line(&"x".repeat(100_000), 50).chars().count() == 51);
    }

    #[test]
    fn stacked_marks_are_thinned() {
        let zalgo = format!("a{}b", "\u{0301}".repeat(500));
        assert_eq!(one_line(&zalgo, 100), "a\u{0301}\u{0301}b");
    }
}
