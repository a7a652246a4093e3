//! A post's text as the words that a query is compared with. Pure; it knows no query.
//!
//! A word is a run of letters, digits and `_`, in lower case. Scripts that put no spaces between words (Chinese,
//! Japanese, Thai and their like) have a word for each character, so that a query finds 東京 inside 東京都.

/// The words of a text, its hashtags and the handles that it names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Words {
    pub words: Vec<String>,
    pub tags: Vec<String>,
    pub handles: Vec<String>,
}

impl Words {
    /// Takes `text` apart; `tags` are those that a post carries beside its text.
    pub fn of<'a>(text: &str, tags: impl IntoIterator<Item = &'a str>) -> Self {
        let mut found = Self { words: split(text), ..Self::default() };
        let mut before = None;
        for (at, c) in text.char_indices() {
            let starts = before.is_none_or(|c: char| !is_word(c));
            let rest = &text[at + c.len_utf8()..];
            match c {
                '#' | '＃' if starts => found.tags.extend(tag(rest)),
                '@' if starts => found.handles.extend(handle(rest)),
                _ => {}
            }
            before = Some(c);
        }
        found.tags.extend(tags.into_iter().filter_map(tag));
        found
    }

    /// Whether `phrase`, which [`split`] made, occurs as it is, one word after the other.
    pub fn have(&self, phrase: &[String]) -> bool {
        !phrase.is_empty() && self.words.windows(phrase.len()).any(|words| words == phrase)
    }
}

/// The words of `text`, in order.
pub fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        let alone = is_unspaced(c);
        if (alone || !is_word(c)) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if alone {
            words.push(c.to_string());
        } else if is_word(c) {
            word.extend(c.to_lowercase());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The hashtag that `rest` starts with, in lower case, without its `#`.
pub fn tag(rest: &str) -> Option<String> {
    let tag: String = rest.chars().take_while(|c| is_word(*c)).flat_map(char::to_lowercase).collect();
    (!tag.is_empty()).then_some(tag)
}

/// The handle that `rest` starts with, in lower case, without its `@`: a domain name. One without a dot is taken to
/// be below `bsky.social`, where most are.
pub fn handle(rest: &str) -> Option<String> {
    let is_part = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let name: String = rest.chars().take_while(is_part).collect();
    let name = name.trim_end_matches(['.', '-']).to_ascii_lowercase();
    match name.contains('.') {
        _ if name.is_empty() => None,
        true => Some(name),
        false => Some(format!("{name}.bsky.social")),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Letters of scripts that are written without spaces between words.
fn is_unspaced(c: char) -> bool {
    c.is_alphanumeric()
        && matches!(u32::from(c),
            0x0E00..=0x0EFF       // Thai, Lao
            | 0x1000..=0x109F     // Myanmar
            | 0x1780..=0x17FF     // Khmer
            | 0x3040..=0x30FF     // Hiragana, Katakana
            | 0x31F0..=0x31FF
            | 0x3400..=0x4DBF     // Han
            | 0x4E00..=0x9FFF
            | 0xF900..=0xFAFF
            | 0x20000..=0x3FFFF)
}
