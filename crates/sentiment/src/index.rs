//! Look-up in a file of two columns that is compiled in. The table of its keys holds nothing but places in the file: it is
//! made in a tenth of a millisecond, which a program notices that is started to score one post.

/// A file of lines `key TAB value` with a table of its keys: open addressing over `PLACES` places, a power of two.
pub struct Index<const PLACES: usize> {
    text: &'static str,
    /// Where a line begins, plus one; 0: nothing here.
    places: Box<[u32]>,
    /// Keys stand here without what shapes an emoji and says nothing of its own.
    plain: bool,
}

impl<const PLACES: usize> Index<PLACES> {
    /// The file by its keys. Each key may stand there once.
    pub fn new(text: &'static str) -> Self {
        Self { text, places: places(text.as_bytes(), PLACES, false), plain: false }
    }

    /// The file by its keys without variation selectors (U+FE0F) and joiners (U+200D).
    pub fn of_plain_keys(text: &'static str) -> Self {
        Self { text, places: places(text.as_bytes(), PLACES, true), plain: true }
    }

    /// The value of a key.
    pub fn find(&self, key: &[u8]) -> Option<&'static str> {
        let bytes = self.text.as_bytes();
        let mut at = hash(key) % PLACES;
        loop {
            let start = (*self.places.get(at)? as usize).checked_sub(1)?;
            if let Some(value) = value_of(bytes.get(start..)?, key, self.plain) {
                let value = self.text.get(start + value..)?;
                return Some(value.split_once('\n').map_or(value, |(value, _)| value));
            }
            at = (at + 1) % PLACES;
        }
    }
}

/// Where the value begins in a line, if its key is `key`.
fn value_of(line: &[u8], key: &[u8], plain: bool) -> Option<usize> {
    let mut at = 0;
    for &byte in key {
        at += shaping(line, at, plain);
        if *line.get(at)? != byte {
            return None;
        }
        at += 1;
    }
    at += shaping(line, at, plain);
    (line.get(at) == Some(&b'\t')).then_some(at + 1)
}

fn places(text: &[u8], length: usize, plain: bool) -> Box<[u32]> {
    let mut places = vec![0; length].into_boxed_slice();
    let mut start = 0;
    for line in text.split_inclusive(|b| *b == b'\n') {
        let (mut hash, mut at) = (HASH_START, shaping(line, 0, plain));
        while let Some(&byte) = line.get(at).filter(|byte| **byte != b'\t') {
            hash = hashed(hash, byte);
            at += 1;
            at += shaping(line, at, plain);
        }
        let mut place = hash as usize % length;
        while places.get(place).is_some_and(|taken| *taken != 0) {
            place = (place + 1) % length;
        }
        if let Some(free) = places.get_mut(place) {
            *free = start + 1;
        }
        start += line.len() as u32;
    }
    places
}

/// Bytes of a variation selector or joiner at `at`, any number of them; 0 where keys stand as they are.
fn shaping(text: &[u8], at: usize, plain: bool) -> usize {
    let mut length = 0;
    while plain && at + length + 2 < text.len() {
        let three = (text[at + length], text[at + length + 1], text[at + length + 2]);
        if !matches!(three, (0xEF, 0xB8, 0x8F) | (0xE2, 0x80, 0x8D)) {
            break;
        }
        length += 3;
    }
    length
}

// FNV-1a: short keys, and none that anybody would choose to collide.
const HASH_START: u32 = 0x811C_9DC5;

fn hashed(hash: u32, byte: u8) -> u32 {
    (hash ^ byte as u32).wrapping_mul(0x0100_0193)
}

fn hash(key: &[u8]) -> usize {
    key.iter().fold(HASH_START, |hash, &byte| hashed(hash, byte)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_finds_its_value_and_no_other() {
        let words: Index<8> = Index::new("good\t1.9\nbad\t-2.5\n:)\t2.0\n");
        assert_eq!(
            [words.find(b"good"), words.find(b"bad"), words.find(b":)")],
            [Some("1.9"), Some("-2.5"), Some("2.0")]
        );
        for none in ["goo", "goodx", "", "1.9", "\n", "good\t1.9"] {
            assert_eq!(words.find(none.as_bytes()), None, "{none:?}");
        }
    }

    #[test]
    fn plain_keys_are_found_without_what_shapes_them_alone() {
        let emoji: Index<4> = Index::of_plain_keys("\u{2764}\u{fe0f}\tred heart\n\u{1f600}\tgrinning face\n");
        assert_eq!(emoji.find("\u{2764}".as_bytes()), Some("red heart"));
        assert_eq!(emoji.find("\u{1f600}".as_bytes()), Some("grinning face"));
        assert_eq!(emoji.find("\u{2764}\u{fe0f}".as_bytes()), None);
    }
}
