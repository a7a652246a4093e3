//! Finds the JSON values of an input that writes them over several lines, or as one array: a page that was printed
//! to be looked at, a list of posts, several such things after each other. One value is held at a time, so that the
//! size of the whole does not matter. It finds where values begin and end; what they are, `line` decides.

use std::io;

use super::buffer::Buffer;

/// One value, or why there is none.
#[derive(Debug, PartialEq, Eq)]
pub struct Found<'a> {
    /// 1-based line and 0-based byte that it begins at.
    pub line: u64,
    pub byte: u64,
    pub value: Value<'a>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Its bytes; not known to be valid.
    Whole(&'a [u8]),
    /// The input ended in the middle of it.
    Unfinished,
    /// Larger than the limit: what follows cannot be told from it, so the rest of the input is passed over.
    TooLarge,
}

/// Goes through the values of an input.
#[derive(Debug, Default)]
pub struct Values {
    value: Vec<u8>,
    /// Brackets of the value that are open.
    depth: u32,
    in_string: bool,
    escaped: bool,
}

impl Values {
    /// The next value of at most `limit` bytes. Brackets, commas and white space outside values are passed over.
    ///
    /// # Errors
    /// What reading said; a value that it cut is not given.
    pub fn next<'v>(&'v mut self, input: &mut Buffer, limit: usize) -> io::Result<Option<Found<'v>>> {
        *self = Self { value: std::mem::take(&mut self.value), ..Self::default() };
        self.value.clear();
        let mut start = None;
        loop {
            let held = input.fill()?;
            if held.is_empty() {
                let Some((line, byte)) = start else { return Ok(None) };
                // A bare word that ends with the input is whole; `line` will say what it is.
                let value = if self.depth > 0 { Value::Unfinished } else { Value::Whole(&self.value) };
                return Ok(Some(Found { line, byte, value }));
            }
            if start.is_none() {
                let between = held.iter().take_while(|b| is_between(**b)).count();
                let ended = between == held.len();
                input.consume(between);
                if !ended {
                    start = Some((input.line(), input.byte()));
                }
                continue;
            }
            let (used, whole) = self.scan(held);
            let fits = self.value.len() + used <= limit;
            if fits {
                self.value.extend_from_slice(&held[..used]);
            }
            input.consume(used);
            let (line, byte) = start.unwrap_or_default();
            if !fits {
                self.value = Vec::new();
                skip_all(input)?;
                return Ok(Some(Found { line, byte, value: Value::TooLarge }));
            }
            if whole {
                return Ok(Some(Found { line, byte, value: Value::Whole(&self.value) }));
            }
        }
    }

    /// How many bytes of `held` belong to the value, and whether it ends with them.
    fn scan(&mut self, held: &[u8]) -> (usize, bool) {
        let mut at = 0;
        while at < held.len() {
            if self.in_string && !self.escaped {
                // Most bytes of JSON are inside strings.
                match memchr::memchr2(b'"', b'\\', &held[at..]) {
                    Some(ahead) => at += ahead,
                    None => return (held.len(), false),
                }
            }
            let byte = held[at];
            at += 1;
            if self.escaped {
                self.escaped = false;
            } else if self.in_string {
                self.escaped = byte == b'\\';
                self.in_string = byte != b'"';
            } else {
                match byte {
                    b'"' => self.in_string = true,
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' => {
                        self.depth = self.depth.saturating_sub(1);
                        if self.depth == 0 {
                            return (at, true);
                        }
                    }
                    b'\n' if self.depth == 0 => return (at, true),
                    _ => {}
                }
            }
        }
        (at, false)
    }
}

/// What may stand between values, the brackets of an array around them included.
fn is_between(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'[' | b']' | b',')
}

fn skip_all(input: &mut Buffer) -> io::Result<()> {
    loop {
        let count = input.fill()?.len();
        if count == 0 {
            return Ok(());
        }
        input.consume(count);
    }
}

/// Whether an input that starts with `head` writes its values over several lines or in an array, so that it cannot
/// be read line by line.
pub fn is_one(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if head.starts_with(b"[") {
        return true;
    }
    let Some(end) = memchr::memchr(b'\n', head) else { return false };
    let (first, rest) = (head[..end].trim_ascii_end(), &head[end + 1..]);
    // A line that was cut may end like this as well, but the line after it then begins with a brace.
    let indented = rest.first().is_some_and(|next| matches!(next, b' ' | b'\t'));
    let goes_on = rest.trim_ascii_start().first().is_some_and(|next| matches!(next, b'"' | b'}' | b']'));
    first.starts_with(b"{") && matches!(first.last(), Some(b'{' | b'[' | b',')) && (indented || goes_on)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str, limit: usize) -> Vec<(u64, u64, String)> {
        let mut input = Buffer::new(Box::new(std::io::Cursor::new(text.as_bytes().to_vec())));
        let mut values = Values::default();
        let mut all = Vec::new();
        while let Some(found) = values.next(&mut input, limit).unwrap() {
            let text = match found.value {
                Value::Whole(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
                other => format!("{other:?}"),
            };
            all.push((found.line, found.byte, text));
        }
        all
    }

    #[test]
    fn values_are_found_in_arrays_and_after_each_other() {
        let text = "[\n  {\"a\": \"}]\\\"\"},\n  {\"b\": [1, {}]}\n]\n{\n\"c\": 1}";
        let found = values(text, 100);
        assert_eq!(
            found,
            [
                (2, 4, "{\"a\": \"}]\\\"\"}".to_owned()),
                (3, 21, "{\"b\": [1, {}]}".to_owned()),
                (5, 38, "{\n\"c\": 1}".to_owned()),
            ]
        );
        assert_eq!(values("[]", 100), []);
        assert_eq!(values("", 100), []);
    }

    #[test]
    fn what_has_no_end_says_so() {
        assert_eq!(values("[{\"a\":1},{\"b\": \"x", 100)[1], (1, 9, "Unfinished".to_owned()));
        assert_eq!(
            values("{\"a\":1} {\"b\": \"xxxxxxx\"} {\"c\":1}", 10)[1..],
            [(1, 8, "TooLarge".to_owned())]
        );
        assert_eq!(values("12 true\n{}", 100).len(), 2);
    }

    #[test]
    fn only_what_needs_it_is_taken_for_a_document() {
        for (head, document) in [
            ("[{\"id\":1}]", true),
            ("\u{feff}[\n", true),
            ("{\n  \"data\": [", true),
            ("{ \"data\": [\n    {\n", true),
            ("{\n}", true),
            ("{\"id\":1}\n{\"id\":2}", false),
            ("{\"id\":1}", false),
            ("{\"data\": [\n{\"id\":2}", false),
            ("{\"id\":1,\n{\"id\":2}", false),
            ("id,text\n", false),
            ("", false),
        ] {
            assert_eq!(is_one(head.as_bytes()), document, "{head}");
        }
    }
}
