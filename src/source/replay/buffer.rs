//! A read-ahead buffer over an input, with the line and byte it stands at. It hands out lines without copying
//! them, holds no more than its capacity, and knows nothing of what the bytes mean.

use std::io::{self, Read};

/// Bytes read at a time.
const CAPACITY: usize = 256 * 1024;

/// One line of an input.
#[derive(Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// 1-based.
    pub number: u64,
    /// 0-based offset in the uncompressed input.
    pub byte: u64,
    /// Without its end; `None` for a line longer than the limit.
    pub bytes: Option<&'a [u8]>,
    /// Reading failed before the line's end came.
    pub cut: bool,
}

/// Reads ahead; see the module.
pub struct Buffer {
    inner: Box<dyn Read + Send>,
    held: Vec<u8>,
    from: usize,
    to: usize,
    eof: bool,
    failed: Option<io::Error>,
    byte: u64,
    line: u64,
    spill: Vec<u8>,
}

impl Buffer {
    pub fn new(inner: Box<dyn Read + Send>) -> Self {
        Self {
            inner,
            held: vec![0; CAPACITY],
            from: 0,
            to: 0,
            eof: false,
            failed: None,
            byte: 0,
            line: 1,
            spill: Vec::new(),
        }
    }

    /// 1-based number of the line that the next byte is in.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Offset of the next byte.
    pub fn byte(&self) -> u64 {
        self.byte
    }

    /// What is held, at least one byte unless the input has ended.
    ///
    /// # Errors
    /// What reading said; the input counts as ended after it.
    pub fn fill(&mut self) -> io::Result<&[u8]> {
        if self.from == self.to {
            (self.from, self.to) = (0, 0);
            self.read_more()?;
        }
        Ok(&self.held[self.from..self.to])
    }

    /// Moves over `count` held bytes.
    pub fn consume(&mut self, count: usize) {
        let count = count.min(self.to - self.from);
        let passed = &self.held[self.from..self.from + count];
        self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
        self.from += count;
        self.byte += count as u64;
    }

    /// What is held, read ahead until `enough` says so, the capacity is full, or the input ends or fails (the
    /// failure is told by the [`fill`](Self::fill) that comes to it).
    pub fn peek(&mut self, enough: impl Fn(&[u8]) -> bool) -> &[u8] {
        while self.from == 0 && self.to < self.held.len() && !enough(&self.held[..self.to]) {
            let before = self.to;
            if let Err(error) = self.read_more() {
                self.failed = Some(error);
                self.eof = false;
                break;
            }
            if self.to == before {
                break;
            }
        }
        &self.held[self.from..self.to]
    }

    /// Adds what one read gives; at the end nothing.
    fn read_more(&mut self) -> io::Result<()> {
        if let Some(error) = self.failed.take() {
            self.eof = true;
            return Err(error);
        }
        while !self.eof {
            match self.inner.read(&mut self.held[self.to..]) {
                Ok(0) => self.eof = true,
                Ok(count) => {
                    self.to += count;
                    break;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.eof = true;
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// The next line, of at most `limit` bytes; a longer one is passed over in constant memory.
    ///
    /// # Errors
    /// What reading said; a line that was begun before it is given first, as [`Line::cut`].
    pub fn next_line(&mut self, limit: usize) -> io::Result<Option<Line<'_>>> {
        let (number, byte) = (self.line, self.byte);
        self.spill.clear();
        let mut too_long = false;
        loop {
            let ended = match self.fill().map(<[u8]>::is_empty) {
                Ok(ended) => ended,
                Err(error) if self.byte > byte => {
                    (self.failed, self.eof) = (Some(error), false);
                    let bytes = (!too_long).then_some(self.spill.as_slice());
                    return Ok(Some(Line { number, byte, bytes, cut: true }));
                }
                Err(error) => return Err(error),
            };
            if ended && self.byte == byte {
                return Ok(None);
            }
            let held = &self.held[self.from..self.to];
            let (part, found) = match memchr::memchr(b'\n', held) {
                Some(at) => (at, true),
                None => (held.len(), ended),
            };
            let from = self.from;
            self.from += part;
            self.byte += part as u64;
            if found && !ended {
                self.from += 1;
                self.byte += 1;
                self.line += 1;
            }
            too_long |= self.spill.len() + part > limit;
            if too_long {
                self.spill = Vec::new();
            } else if !(found && self.spill.is_empty()) {
                self.spill.extend_from_slice(&self.held[from..from + part]);
            }
            if found {
                let bytes = if self.spill.is_empty() { &self.held[from..from + part] } else { &self.spill };
                return Ok(Some(Line { number, byte, bytes: (!too_long).then_some(bytes), cut: false }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time, then fails or ends.
    struct Drip(Vec<u8>, usize, usize, bool);

    impl Read for Drip {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let rest = &self.0[self.1..];
            if rest.is_empty() && self.3 {
                return Err(io::Error::other("cut"));
            }
            let count = rest.len().min(self.2).min(out.len());
            out[..count].copy_from_slice(&rest[..count]);
            self.1 += count;
            Ok(count)
        }
    }

    /// Number, byte, text, whether it was cut.
    type Seen = (u64, u64, Option<String>, bool);

    fn lines(text: &str, step: usize, fails: bool, limit: usize) -> (Vec<Seen>, bool) {
        let mut buffer = Buffer::new(Box::new(Drip(text.as_bytes().to_vec(), 0, step, fails)));
        let mut all = Vec::new();
        loop {
            match buffer.next_line(limit) {
                Ok(None) => break (all, false),
                Ok(Some(line)) => {
                    let text = line.bytes.map(|b| String::from_utf8(b.to_vec()).unwrap());
                    all.push((line.number, line.byte, text, line.cut));
                }
                Err(_) => {
                    assert!(matches!(buffer.next_line(limit), Ok(None)), "after a failure it has ended");
                    break (all, true);
                }
            }
        }
    }

    #[test]
    fn lines_know_where_they_are() {
        for step in [1, 2, 3, 100] {
            let (all, failed) = lines("ab\n\ncdefgh\nx", step, false, 5);
            let text = |s: &str| Some(s.to_owned());
            assert!(!failed);
            assert_eq!(
                all,
                [
                    (1, 0, text("ab"), false),
                    (2, 3, text(""), false),
                    (3, 4, None, false),
                    (4, 11, text("x"), false)
                ]
            );
        }
        assert_eq!(lines("", 1, false, 5).0, []);
        assert_eq!(lines("\n", 1, false, 5).0.len(), 1);
    }

    #[test]
    fn what_came_before_a_failure_is_given_first() {
        let (all, failed) = lines("ab\ncd", 2, true, 9);
        assert!(failed);
        assert_eq!(all[1], (2, 3, Some("cd".to_owned()), true));
        assert_eq!(lines("", 2, true, 9), (vec![], true));
    }

    #[test]
    fn lines_longer_than_the_buffer_are_put_together() {
        let long = "y".repeat(3 * CAPACITY + 5);
        let (all, _) = lines(&format!("a\n{long}\nb"), CAPACITY, false, 4 * CAPACITY);
        assert_eq!(all[1].2.as_ref().map(String::len), Some(long.len()));
        assert_eq!(all[2].1, 2 + long.len() as u64 + 1);
        let (all, _) = lines(&format!("a\n{long}\nb"), CAPACITY, false, CAPACITY);
        assert_eq!((&all[1].2, all[2].2.as_deref()), (&None, Some("b")));
    }

    #[test]
    fn peeking_takes_nothing_and_hides_no_failure() {
        let mut buffer = Buffer::new(Box::new(Drip(b"abc\ndef".to_vec(), 0, 2, true)));
        assert_eq!(buffer.peek(|held| held.contains(&b'\n')), b"abc\n");
        assert_eq!(buffer.peek(|_| false), b"abc\ndef");
        buffer.consume(4);
        assert_eq!((buffer.line(), buffer.byte()), (2, 4));
        assert_eq!(buffer.fill().unwrap(), b"def");
        buffer.consume(3);
        assert!(buffer.fill().is_err());
        assert_eq!(buffer.fill().unwrap(), b"");
    }
}
