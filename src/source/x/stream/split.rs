//! A flow of bytes as lines. Pieces may end anywhere, inside a character too. Pure.

use crate::limits;

/// What stands between two ends of line.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// An empty line: the stream is alive.
    KeepAlive,
    Text(String),
    /// More than [`limits::LINE_BYTES`]: no post is so long.
    TooLong,
}

/// Takes pieces, gives lines.
#[derive(Debug, Default)]
pub struct Lines {
    held: Vec<u8>,
    /// Bytes of `held` that were handed out.
    given: usize,
    /// Bytes of `held` that have no end of line after what was handed out.
    looked: usize,
    /// The line that is coming is too long: up to its end nothing is kept.
    skipping: bool,
}

impl Lines {
    /// The next piece.
    pub fn push(&mut self, piece: &[u8]) {
        self.held.drain(..self.given);
        self.looked -= self.given;
        self.given = 0;
        self.held.extend_from_slice(piece);
    }

    /// The next whole line, if there is one.
    pub fn next(&mut self) -> Option<Line> {
        let end = self.held[self.looked..].iter().position(|byte| *byte == b'\n');
        let Some(end) = end.map(|end| self.looked + end) else {
            self.looked = self.held.len();
            if self.looked - self.given > limits::LINE_BYTES {
                self.skipping = true;
                self.held.clear();
                (self.given, self.looked) = (0, 0);
            }
            return None;
        };
        let line = &self.held[self.given..end];
        (self.given, self.looked) = (end + 1, end + 1);
        if std::mem::take(&mut self.skipping) || line.len() > limits::LINE_BYTES {
            return Some(Line::TooLong);
        }
        let text = String::from_utf8_lossy(line);
        Some(match text.trim() {
            "" => Line::KeepAlive,
            text => Line::Text(text.to_owned()),
        })
    }

    /// Whether a line was begun and not ended.
    pub fn has_rest(&self) -> bool {
        self.skipping || self.held[self.given..].iter().any(|byte| !byte.is_ascii_whitespace())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(pieces: &[&[u8]]) -> (Vec<Line>, bool) {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        for piece in pieces {
            lines.push(piece);
            found.extend(std::iter::from_fn(|| lines.next()));
        }
        (found, lines.has_rest())
    }

    #[test]
    fn pieces_may_end_anywhere() {
        let whole = "{\"text\":\"🫖 tea\"}\r\n\r\n{\"text\":\"naïve\"}\n\n\r\n{\"cut".as_bytes();
        let text = |text: &str| Line::Text(text.to_owned());
        let wanted = || {
            let lines = vec![
                text("{\"text\":\"🫖 tea\"}"),
                Line::KeepAlive,
                text("{\"text\":\"naïve\"}"),
                Line::KeepAlive,
                Line::KeepAlive,
            ];
            (lines, true)
        };
        assert_eq!(all(&[whole]), wanted());
        for size in 1..whole.len() {
            assert_eq!(all(&whole.chunks(size).collect::<Vec<_>>()), wanted(), "in pieces of {size}");
        }
        assert_eq!(all(&[b"{}\n", b"\r"]), (vec![text("{}")], false));
    }

    #[test]
    fn what_never_ends_is_not_held() {
        let piece = vec![b'x'; 1 << 20];
        let mut lines = Lines::default();
        for _ in 0..40 {
            lines.push(&piece);
            assert_eq!(lines.next(), None);
            assert!(lines.held.len() <= limits::LINE_BYTES + piece.len());
        }
        lines.push(b"\nok\n");
        assert_eq!((lines.next(), lines.next()), (Some(Line::TooLong), Some(Line::Text("ok".to_owned()))));
        assert_eq!((lines.next(), lines.has_rest()), (None, false));
    }
}
