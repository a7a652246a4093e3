//! The model file.
//!
//! | bytes | content |
//! |---|---|
//! | 8 | `SNTSTACK` |
//! | 4 | format version, little-endian like every number here |
//! | 4 | features version: what tokenizer, features and lexicon the weights belong to |
//! | 8 | length of the content |
//! | 32 | SHA-256 of all the bytes before and after this field |
//! | - | content: name (u32 length, UTF-8), head, share estimator, table (f64 fields, then the buckets) |
//!
//! A file that was changed in any byte is refused. It knows no file system: bytes in, bytes out.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::features::SIGNALS;
use crate::model::{Head, Model};
use crate::shares::ShareEstimator;
use crate::table::Table;

/// Version of this layout.
pub const FORMAT_VERSION: u32 = 1;
/// Version of the tokenizer, the features, the hash and the lexicon, raised with any change to them.
pub const FEATURES_VERSION: u32 = 1;

const MAGIC: &[u8; 8] = b"SNTSTACK";
const HASH_AT: usize = 24;
const CONTENT_AT: usize = HASH_AT + 32;
/// Bytes of a name.
const MAX_NAME_BYTES: usize = 64;

/// Why a model file was refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ModelError {
    #[error("this is not a sentistack model: the file does not begin with SNTSTACK")]
    NotAModel,
    #[error("the model file has format version {found}, this program reads {FORMAT_VERSION}; train it again")]
    FormatVersion { found: u32 },
    #[error(
        "the model was trained with features version {found}, this program has {FEATURES_VERSION}; train it again"
    )]
    FeaturesVersion { found: u32 },
    #[error(
        "the model file is cut short or has bytes too many: {found} bytes of content, {expected} announced"
    )]
    Length { expected: u64, found: u64 },
    #[error("the model file is damaged: its checksum does not match; copy or train it again")]
    Checksum,
    #[error("the model file is whole but makes no sense: {0}; train it again")]
    Content(&'static str),
}

/// Checks the frame, all but the checksum, and gives where the content begins and the fingerprint.
fn open_frame(bytes: &[u8]) -> Result<(usize, String), ModelError> {
    if bytes.len() < 8 || &bytes[..8] != MAGIC {
        return Err(ModelError::NotAModel);
    }
    if bytes.len() < CONTENT_AT {
        return Err(ModelError::Length { expected: CONTENT_AT as u64, found: bytes.len() as u64 });
    }
    let mut head = Reader { bytes: &bytes[8..HASH_AT] };
    let format = head.u32()?;
    if format != FORMAT_VERSION {
        return Err(ModelError::FormatVersion { found: format });
    }
    let features = head.u32()?;
    let expected = head.u64()?;
    let found = (bytes.len() - CONTENT_AT) as u64;
    if expected != found {
        return Err(ModelError::Length { expected, found });
    }
    if features != FEATURES_VERSION {
        return Err(ModelError::FeaturesVersion { found: features });
    }
    Ok((CONTENT_AT, hex(&bytes[HASH_AT..HASH_AT + 8])))
}

/// The same with the checksum.
fn open(bytes: &[u8]) -> Result<(usize, String), ModelError> {
    let frame = open_frame(bytes);
    // A damaged version says less than that it is damaged.
    let whole = matches!(frame, Ok(_) | Err(ModelError::FeaturesVersion { .. }));
    if whole && digest(bytes)[..] != bytes[HASH_AT..CONTENT_AT] {
        return Err(ModelError::Checksum);
    }
    frame
}

fn digest(file: &[u8]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(&file[..HASH_AT]);
    hasher.update(&file[CONTENT_AT..]);
    hasher.finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|b| [b >> 4, b & 15]).map(|d| char::from(DIGITS[usize::from(d)])).collect()
}

/// Reads a model that is part of the program; its weights stay where they are. They are as whole as the program: a test
/// has their checksum, which takes longer than all else of starting to score.
pub(crate) fn read_static(bytes: &'static [u8]) -> Result<Model, ModelError> {
    let (at, fingerprint) = open_frame(bytes)?;
    let mut reader = Reader { bytes: &bytes[at..] };
    content(&mut reader, fingerprint, |rest| {
        // `rest` is the tail of the file, so its length says where in the static bytes it begins.
        Cow::Borrowed(&bytes[bytes.len() - rest.len()..])
    })
}

/// Reads a model into memory of its own.
pub(crate) fn read(bytes: &[u8]) -> Result<Model, ModelError> {
    let (at, fingerprint) = open(bytes)?;
    let mut reader = Reader { bytes: &bytes[at..] };
    content(&mut reader, fingerprint, |rest| Cow::Owned(rest.to_vec()))
}

fn content(
    reader: &mut Reader<'_>,
    fingerprint: String,
    keep: impl FnOnce(&[u8]) -> Cow<'static, [u8]>,
) -> Result<Model, ModelError> {
    let length = reader.u32()? as usize;
    if length > MAX_NAME_BYTES {
        return Err(ModelError::Content("its name is too long"));
    }
    let name = std::str::from_utf8(reader.take(length)?)
        .map_err(|_| ModelError::Content("its name is not UTF-8"))?;
    let name = name.to_owned();
    let mut head = Head { scale: reader.f64()?, signals: [[0.0; 2]; SIGNALS], bias: [0.0; 2] };
    for weight in head.signals.iter_mut().flatten().chain(&mut head.bias) {
        *weight = reader.f64()?;
    }
    let mut numbers = [0.0; ShareEstimator::NUMBERS];
    for number in &mut numbers {
        *number = reader.f64()?;
    }
    let shares = ShareEstimator::from_numbers(&numbers);
    let table = Table::from_bytes(keep(reader.bytes)).ok_or(ModelError::Content("its table is not whole"))?;
    Ok(Model { name, table, head, shares, fingerprint })
}

/// Writes a model.
pub(crate) fn write(model: &Model) -> Vec<u8> {
    let mut content = Vec::new();
    content.extend_from_slice(&(model.name.len() as u32).to_le_bytes());
    content.extend_from_slice(model.name.as_bytes());
    let head = &model.head;
    let dense = std::iter::once(&head.scale).chain(head.signals.iter().flatten()).chain(&head.bias);
    for number in dense.copied().chain(model.shares.numbers()) {
        content.extend_from_slice(&number.to_le_bytes());
    }
    content.extend_from_slice(model.table.as_bytes());

    let mut file = Vec::with_capacity(CONTENT_AT + content.len());
    file.extend_from_slice(MAGIC);
    file.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    file.extend_from_slice(&FEATURES_VERSION.to_le_bytes());
    file.extend_from_slice(&(content.len() as u64).to_le_bytes());
    file.extend_from_slice(&[0; 32]);
    file.extend_from_slice(&content);
    let digest = digest(&file);
    file[HASH_AT..CONTENT_AT].copy_from_slice(&digest);
    file
}

/// Puts a model together and gives it its fingerprint. The name is cut to 64 bytes.
pub(crate) fn assemble(name: &str, table: Table, head: Head, shares: ShareEstimator) -> Model {
    let name = name[..name.floor_char_boundary(MAX_NAME_BYTES)].to_owned();
    let mut model = Model { name, table, head, shares, fingerprint: String::new() };
    let file = write(&model);
    model.fingerprint = hex(&file[HASH_AT..HASH_AT + 8]);
    model
}

/// Takes numbers off the front of bytes.
struct Reader<'b> {
    bytes: &'b [u8],
}

impl<'b> Reader<'b> {
    fn take(&mut self, length: usize) -> Result<&'b [u8], ModelError> {
        let (taken, rest) =
            self.bytes.split_at_checked(length).ok_or(ModelError::Content("it ends too early"))?;
        self.bytes = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ModelError> {
        self.take(N)?.try_into().map_err(|_| ModelError::Content("it ends too early"))
    }

    fn u32(&mut self) -> Result<u32, ModelError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, ModelError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn f64(&mut self) -> Result<f64, ModelError> {
        let number = f64::from_le_bytes(self.array()?);
        if number.is_finite() { Ok(number) } else { Err(ModelError::Content("a number in it is not finite")) }
    }
}
