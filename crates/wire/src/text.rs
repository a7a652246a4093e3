//! Rules about texts that hold wherever a post is scored or written.

/// The longest start of `text` that has at most `width` bytes, cut between characters.
pub fn cut(text: &str, width: usize) -> &str {
    if text.len() <= width {
        return text;
    }
    let mut end = width;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Whether a post that states `lang` is scored: when no language is asked for, when the post states
/// none (or `und`, undetermined), or when its main subtag is asked for (`en-GB` counts as `en`).
pub fn is_wanted(lang: Option<&str>, wanted: &[String]) -> bool {
    let Some(lang) = lang.filter(|lang| !lang.is_empty() && *lang != "und") else { return true };
    wanted.is_empty()
        || wanted.iter().any(|want| {
            lang.eq_ignore_ascii_case(want)
                || lang.split(['-', '_']).next().is_some_and(|main| main.eq_ignore_ascii_case(want))
        })
}
