//! Opens an input and unpacks it: plain, gzip (of several members) or zstd, told by the first bytes and never by
//! the name. It counts the bytes as stored, and knows nothing of lines or posts.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::buffer::Buffer;
use crate::error::{Error, Result};

/// How an input is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    Plain,
    Gzip,
    Zstd,
    /// Something that no post can be read from, in words.
    Foreign(&'static str),
}

/// First bytes of what people give by mistake.
const FOREIGN: [(&[u8], &str); 9] = [
    (b"PK\x03\x04", "a zip archive: unpack it first"),
    (b"BZh", "bzip2: unpack it first (gzip and zstd are read as they are)"),
    (b"\xfd7zXZ\0", "xz: unpack it first (gzip and zstd are read as they are)"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it first"),
    (b"PAR1", "a Parquet file: replay reads JSON lines and CSV"),
    (b"SQLite format 3", "an SQLite database: replay reads JSON lines and CSV"),
    (b"\xff\xfe", "text in UTF-16: save it as UTF-8"),
    (b"\xfe\xff", "text in UTF-16: save it as UTF-8"),
    (b"\x89PNG", "a picture"),
];
/// Longest of the above.
const MAGIC_BYTES: u64 = 16;

/// Tells the packing by the first bytes.
pub fn packing(head: &[u8]) -> Packing {
    match head {
        [0x1f, 0x8b, ..] => Packing::Gzip,
        // A frame, or a skippable one before it.
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Packing::Zstd,
        _ => FOREIGN
            .iter()
            .find(|(magic, _)| head.starts_with(magic))
            .map_or(Packing::Plain, |(_, what)| Packing::Foreign(what)),
    }
}

/// An input that is being read.
pub struct Opened {
    pub packing: Packing,
    pub content: Buffer,
    consumed: Arc<AtomicU64>,
}

impl Opened {
    /// Opens a file.
    ///
    /// # Errors
    /// Where it is not there (kind `Input`) or may not be read.
    pub fn file(path: &std::path::Path, shown: &str) -> Result<Self> {
        let file = File::open(path).map_err(|error| unreadable(shown, &error))?;
        Self::stream(Box::new(file), shown)
    }

    /// Begins to read a stream.
    ///
    /// # Errors
    /// Where its first bytes cannot be read.
    pub fn stream(mut stream: Box<dyn Read + Send>, shown: &str) -> Result<Self> {
        let mut head = Vec::new();
        stream
            .by_ref()
            .take(MAGIC_BYTES)
            .read_to_end(&mut head)
            .map_err(|error| unreadable(shown, &error))?;
        let packing = packing(&head);
        let consumed = Arc::new(AtomicU64::new(0));
        let whole = Cursor::new(head).chain(stream);
        let packed =
            |whole| Counted { inner: BufReader::with_capacity(64 * 1024, whole), consumed: consumed.clone() };
        let content: Box<dyn Read + Send> = match packing {
            Packing::Plain | Packing::Foreign(_) => {
                Box::new(CountedPlain { inner: whole, consumed: consumed.clone() })
            }
            Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(packed(whole))),
            Packing::Zstd => Box::new(
                zstd::stream::read::Decoder::with_buffer(packed(whole))
                    .map_err(|error| unreadable(shown, &error))?,
            ),
        };
        Ok(Self { packing, content: Buffer::new(content), consumed })
    }

    /// Bytes read so far, as stored.
    pub fn consumed(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed)
    }

    /// What a failure while reading means.
    pub fn failure(&self, shown: &str, error: &io::Error) -> Error {
        let name = match self.packing {
            Packing::Plain | Packing::Foreign(_) => return unreadable(shown, error),
            Packing::Gzip => "gzip",
            Packing::Zstd => "zstd",
        };
        // A disk that fails below the unpacking has a code of the system; bad data has none.
        if error.raw_os_error().is_some() {
            return unreadable(shown, error);
        }
        let (what, hint) = if error.kind() == io::ErrorKind::UnexpectedEof || is_cut_zstd(error) {
            (
                "ends too early",
                "the file was cut short: fetch or copy it again; the posts before this place were read",
            )
        } else {
            (
                "is corrupt",
                "fetch or copy the file again; posts were read before this place, the last of them may be damaged",
            )
        };
        Error::input(format!("{shown} {what} at byte {} of its {name} data", self.consumed()))
            .because(error)
            .hint(hint)
            .resource(shown)
    }
}

fn is_cut_zstd(error: &io::Error) -> bool {
    error.to_string().contains("incomplete frame")
}

/// An input that cannot be opened or read.
pub fn unreadable(shown: &str, error: &io::Error) -> Error {
    let plain = Error::io("read", shown, error);
    match error.kind() {
        io::ErrorKind::PermissionDenied => plain.hint("give yourself the right to read it, then try again"),
        io::ErrorKind::NotFound => plain.hint("check the path given with --input"),
        _ => plain,
    }
}

/// Counts what is taken from a buffered reader: exactly what the unpacking has used.
struct Counted<R> {
    inner: BufReader<R>,
    consumed: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        self.consumed.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl<R: Read> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.inner.consume(count);
        self.consumed.fetch_add(count as u64, Ordering::Relaxed);
    }
}

/// As [`Counted`], without a buffer of its own: the [`Buffer`] above reads in large pieces.
struct CountedPlain<R> {
    inner: R,
    consumed: Arc<AtomicU64>,
}

impl<R: Read> Read for CountedPlain<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        self.consumed.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
