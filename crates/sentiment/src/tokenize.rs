//! Cuts a post into tokens: URL, user, hashtag, emoticon, number, word, punctuation, symbol.
//!
//! One pass, by hand, without regular expressions: the time is linear in the bytes looked at, and those are
//! bounded by [`MAX_TEXT_BYTES`]. It accepts any UTF-8 and knows nothing of features or weights.

use crate::emoticon;
use crate::entities;
use crate::hash;

/// Bytes of a post that are looked at. A long post on X has at most 25,000 characters.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;
/// Tokens kept of a post; what follows is not looked at.
pub const MAX_TOKENS: usize = 2048;
/// Bytes of one token that count towards its normal form.
pub const MAX_TOKEN_BYTES: usize = 64;

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Url,
    User,
    Hashtag,
    Emoticon,
    Number,
    Word,
    Punct,
    Symbol,
}

/// One token: where its normal form stands in [`Tokens::normal`], and its hash.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    pub kind: Kind,
    /// Written in capitals throughout, three letters or more.
    pub shouted: bool,
    pub start: u32,
    pub end: u32,
    /// Hash of the normal form; see [`crate::hash::bytes`].
    pub hash: u64,
}

/// The tokens of one post. Reused from post to post, so that scoring allocates nothing once it has grown.
#[derive(Default, Debug)]
pub struct Tokens {
    bytes: Vec<u8>,
    list: Vec<Token>,
    decoded: String,
}

impl Tokens {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The tokens of the post read last.
    #[must_use]
    pub fn list(&self) -> &[Token] {
        &self.list
    }

    /// The normal form of a token of this list: lower case, runs of a letter cut to three, curly quotes straight.
    #[must_use]
    pub fn normal(&self, token: &Token) -> &[u8] {
        self.bytes.get(token.start as usize..token.end as usize).unwrap_or(&[])
    }

    /// Replaces the content by the tokens of `text`.
    pub fn read(&mut self, text: &str) {
        self.bytes.clear();
        self.list.clear();
        let text = head(text);
        let mut decoded = std::mem::take(&mut self.decoded);
        let text = if entities::decode_into(text, &mut decoded) { decoded.as_str() } else { text };
        let mut at = skip_retweet_mark(text);
        while at < text.len() && self.list.len() < MAX_TOKENS {
            at = self.step(text, at);
        }
        self.decoded = decoded;
    }

    /// Reads one token (or one stretch of white space) at `at`, a character boundary; returns where it ends,
    /// always further on and again a boundary.
    fn step(&mut self, text: &str, at: usize) -> usize {
        let bytes = text.as_bytes();
        let byte = bytes[at];
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {
                if let Some(end) = url_end(text, at) {
                    return self.fixed(Kind::Url, b"<url>", end);
                }
                self.emoticon(bytes, at).unwrap_or_else(|| self.word(text, at))
            }
            b'0'..=b'9' => self.emoticon(bytes, at).unwrap_or_else(|| self.number(text, at)),
            0..=b' ' | 0x7F => at + 1,
            b'@' => self.user(text, at),
            b'#' => self.hashtag(text, at),
            0x80.. => self.wide(text, at),
            _ => self.emoticon(bytes, at).unwrap_or_else(|| self.punct(bytes, at)),
        }
    }

    fn push(&mut self, kind: Kind, shouted: bool, start: usize) {
        let cut = start + MAX_TOKEN_BYTES;
        if self.bytes.len() > cut {
            // Never inside a character: step back over continuation bytes.
            let mut end = cut;
            while end > start && self.bytes[end] & 0xC0 == 0x80 {
                end -= 1;
            }
            self.bytes.truncate(end);
        }
        let hash = hash::bytes(&self.bytes[start..]);
        self.list.push(Token { kind, shouted, start: start as u32, end: self.bytes.len() as u32, hash });
    }

    fn fixed(&mut self, kind: Kind, normal: &[u8], end: usize) -> usize {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(normal);
        self.push(kind, false, start);
        end
    }

    fn emoticon(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        let found = emoticon::at(bytes, at)?;
        Some(self.fixed(Kind::Emoticon, &found.normal[..found.normal_len], found.end))
    }

    fn user(&mut self, text: &str, at: usize) -> usize {
        let end = run_end(text, at + 1, |c| c.is_alphanumeric() || c == '_');
        if end == at + 1 {
            return self.fixed(Kind::Symbol, b"@", end);
        }
        self.fixed(Kind::User, b"<user>", end)
    }

    fn hashtag(&mut self, text: &str, at: usize) -> usize {
        let end = run_end(text, at + 1, |c| c.is_alphanumeric() || c == '_');
        if end == at + 1 {
            return self.fixed(Kind::Symbol, b"#", end);
        }
        let start = self.bytes.len();
        self.bytes.push(b'#');
        self.lower(&text[at + 1..end]);
        self.push(Kind::Hashtag, false, start);
        end
    }

    /// Digits, with the separators inside; digits that run into letters are a word (`2day`, `1st`).
    fn number(&mut self, text: &str, at: usize) -> usize {
        let bytes = text.as_bytes();
        let mut end = at;
        while end < bytes.len() {
            let inside = matches!(bytes[end], b'.' | b',' | b':')
                && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
            if !(bytes[end].is_ascii_digit() || inside) {
                break;
            }
            end += 1;
        }
        if bytes.get(end).is_some_and(u8::is_ascii_alphabetic) {
            return self.word(text, at);
        }
        self.fixed(Kind::Number, b"<num>", end)
    }

    /// Letters and digits, with apostrophes between letters.
    fn word(&mut self, text: &str, at: usize) -> usize {
        let mut end = at;
        loop {
            end = run_end(text, end, char::is_alphanumeric);
            let rest = &text[end..];
            let mark = if rest.starts_with('\'') {
                1
            } else if rest.starts_with('’') {
                '’'.len_utf8()
            } else {
                break;
            };
            if !rest[mark..].chars().next().is_some_and(char::is_alphabetic) {
                break;
            }
            end += mark;
        }
        let start = self.bytes.len();
        let source = &text[at..end];
        self.lower(source);
        self.push(Kind::Word, is_shouted(source), start);
        end
    }

    fn punct(&mut self, bytes: &[u8], at: usize) -> usize {
        let first = bytes[at];
        let mut end = at + 1;
        if matches!(first, b'!' | b'?') {
            while bytes.get(end).is_some_and(|b| matches!(b, b'!' | b'?')) {
                end += 1;
            }
            let kept = (end - at).min(3);
            return self.fixed(Kind::Punct, &bytes[at..at + kept], end);
        }
        while bytes.get(end) == Some(&first) {
            end += 1;
        }
        if first == b'.' && end - at > 1 {
            return self.fixed(Kind::Punct, b"...", end);
        }
        self.fixed(Kind::Punct, &[first], end)
    }

    /// A token that begins with a character beyond ASCII.
    fn wide(&mut self, text: &str, at: usize) -> usize {
        let Some(c) = text[at..].chars().next() else { return text.len() };
        let next = at + c.len_utf8();
        match c {
            _ if c.is_alphanumeric() => self.word(text, at),
            _ if c.is_whitespace() || is_joiner(c) => next,
            '…' => self.fixed(Kind::Punct, b"...", next),
            '‘' | '’' => self.fixed(Kind::Punct, b"'", next),
            '“' | '”' | '«' | '»' => self.fixed(Kind::Punct, b"\"", next),
            '–' | '—' => self.fixed(Kind::Punct, b"-", next),
            _ => self.symbol(text, at),
        }
    }

    /// One emoji: a base, then joined parts. Skin tones and variation selectors leave no trace.
    fn symbol(&mut self, text: &str, at: usize) -> usize {
        let start = self.bytes.len();
        let mut end = at;
        let mut joined = true;
        let mut flag_letters = 0;
        for c in text[at..].chars() {
            let regional = is_regional(c);
            if c == '\u{200D}' {
                joined = true;
            } else if !is_modifier(c) {
                let second_letter = regional && flag_letters == 1;
                if !(joined || second_letter) {
                    break;
                }
                if end > at && !second_letter && !is_pictograph(c) {
                    break;
                }
                joined = false;
                flag_letters += u8::from(regional);
                if self.bytes.len() - start < MAX_TOKEN_BYTES {
                    let mut utf8 = [0; 4];
                    self.bytes.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
                }
            }
            end += c.len_utf8();
        }
        self.push(Kind::Symbol, false, start);
        end
    }

    /// Appends the lower-case form; a letter repeated more than three times is cut to three.
    fn lower(&mut self, source: &str) {
        let stop = self.bytes.len() + MAX_TOKEN_BYTES + 4;
        let (mut last, mut run) = (0u8, 0u32);
        for (at, byte) in source.bytes().enumerate() {
            if !byte.is_ascii() {
                return self.lower_wide(&source[at..], stop);
            }
            let low = byte.to_ascii_lowercase();
            run = if low == last { run + 1 } else { 1 };
            last = low;
            if run > 3 {
                continue;
            }
            if self.bytes.len() >= stop {
                break;
            }
            self.bytes.push(low);
        }
    }

    /// The same from the first character beyond ASCII on.
    fn lower_wide(&mut self, source: &str, stop: usize) {
        let (mut last, mut run) = ('\0', 0u32);
        for c in source.chars() {
            let low = if c == '’' { '\'' } else { c.to_lowercase().next().unwrap_or(c) };
            run = if low == last { run + 1 } else { 1 };
            last = low;
            if run > 3 {
                continue;
            }
            if self.bytes.len() >= stop {
                break;
            }
            let mut utf8 = [0; 4];
            self.bytes.extend_from_slice(low.encode_utf8(&mut utf8).as_bytes());
        }
    }
}

/// The part of the text that is looked at, cut on a character boundary.
fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_TEXT_BYTES)]
}

/// Where the text goes on after a leading `RT` that is followed by a user.
fn skip_retweet_mark(text: &str) -> usize {
    let lead = text.len() - text.trim_start().len();
    let Some(rest) = text[lead..].strip_prefix("RT") else { return 0 };
    let trimmed = rest.trim_start();
    if trimmed.len() < rest.len() && trimmed.starts_with('@') { text.len() - trimmed.len() } else { 0 }
}

/// The end of a URL that begins at `at`, if one does: `http://`, `https://` or `www.`, up to white space.
fn url_end(text: &str, at: usize) -> Option<usize> {
    let bytes = &text.as_bytes()[at..];
    let starts = |prefix: &[u8]| bytes.get(..prefix.len()).is_some_and(|b| b.eq_ignore_ascii_case(prefix));
    let is_url = match bytes[0] {
        b'h' | b'H' => starts(b"http://") || starts(b"https://"),
        b'w' | b'W' => starts(b"www."),
        b't' => starts(b"t.co/"),
        _ => false,
    };
    is_url.then(|| run_end(text, at, |c| !c.is_whitespace()))
}

/// The first place from `at` on whose character does not satisfy `keep`.
#[inline]
fn run_end(text: &str, at: usize, keep: impl Fn(char) -> bool) -> usize {
    let bytes = text.as_bytes();
    let mut end = at;
    while let Some(&byte) = bytes.get(end) {
        if byte.is_ascii() {
            if !keep(char::from(byte)) {
                break;
            }
            end += 1;
        } else {
            match text[end..].chars().next() {
                Some(c) if keep(c) => end += c.len_utf8(),
                _ => break,
            }
        }
    }
    end
}

fn is_shouted(source: &str) -> bool {
    // Most words end here.
    if source.as_bytes().iter().take(3).any(u8::is_ascii_lowercase) {
        return false;
    }
    let mut capitals = 0;
    for c in source.chars() {
        if c.is_ascii_lowercase() || (!c.is_ascii() && c.is_lowercase()) {
            return false;
        }
        capitals += u32::from(c.is_uppercase());
    }
    capitals > 2
}

const fn is_regional(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}')
}

/// Zero-width joiners, marks and controls that carry no meaning of their own at the start of a token.
const fn is_joiner(c: char) -> bool {
    is_modifier(c)
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{80}'..='\u{9F}')
}

/// Variation selectors, skin tones, the keycap and tag characters.
const fn is_modifier(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{20E3}' | '\u{E0020}'..='\u{E007F}')
}

/// Characters that a joiner may attach to an emoji.
const fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{1F000}'..='\u{1FAFF}' | '\u{2190}'..='\u{2BFF}' | '\u{3030}' | '\u{303D}' | '\u{3297}' | '\u{3299}')
}
