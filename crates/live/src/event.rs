//! What Lambda hands over, told apart by shape.

use std::borrow::Cow;

use serde::Deserialize;

/// An event that one of the handlers takes.
#[derive(Debug, PartialEq)]
pub enum Event<'a> {
    Firehose(Vec<FirehoseRecord<'a>>),
    Kinesis(Vec<KinesisRecord<'a>>),
    Texts(Vec<Text<'a>>),
}

/// A record that Firehose wants transformed.
#[derive(Debug, PartialEq, Deserialize)]
pub struct FirehoseRecord<'a> {
    #[serde(borrow, rename = "recordId")]
    pub id: Cow<'a, str>,
    /// Base64.
    #[serde(borrow)]
    pub data: Cow<'a, str>,
}

/// A record of a Kinesis stream.
#[derive(Debug, PartialEq, Deserialize)]
pub struct KinesisRecord<'a> {
    #[serde(borrow)]
    pub kinesis: KinesisData<'a>,
}

/// What is in it.
#[derive(Debug, PartialEq, Deserialize)]
pub struct KinesisData<'a> {
    #[serde(borrow, rename = "sequenceNumber")]
    pub sequence: Cow<'a, str>,
    /// Base64.
    #[serde(borrow)]
    pub data: Cow<'a, str>,
}

/// A text to score. Serde borrows a `Cow` only where it is a field.
#[derive(Debug, PartialEq, Deserialize)]
pub struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// What is expected, for whoever sent something else.
pub const EXPECTED: &str = "expected a Firehose transformation ({\"records\": [{\"recordId\": …, \"data\": base64}]}), \
    a batch of a Kinesis stream ({\"Records\": [{\"kinesis\": {\"sequenceNumber\": …, \"data\": base64}}]}), \
    or {\"text\": …} or {\"texts\": […]}";

/// Why an event as a whole cannot be answered. Quotes nothing of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    #[error("the event is not JSON (line {line}, column {column}): {EXPECTED}")]
    NotJson { line: usize, column: usize },
    #[error("the event has another shape (line {line}, column {column}): {EXPECTED}")]
    Shape { line: usize, column: usize },
    #[error("the event has none of the known shapes: {EXPECTED}")]
    Unknown,
    #[error("the event has more than one of the known shapes: {EXPECTED}")]
    Ambiguous,
    #[error(
        "the event has {records} records: not even their verdicts fit into an answer of 6 MB; make the buffer smaller"
    )]
    TooMany { records: usize },
    #[error("{texts} texts are more than {} at a time", crate::limits::DIRECT_TEXTS)]
    TooManyTexts { texts: usize },
    #[error("the texts could not be scored: the endpoint did not answer as it should")]
    NotScored,
    #[error(
        "records of a Kinesis stream came, and it is not said where their scores go: set SENTISTACK_BUCKET"
    )]
    NoBucket,
}

impl EventError {
    /// A name for it, as Lambda wants one of each error.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NotJson { .. } | Self::Shape { .. } | Self::Unknown | Self::Ambiguous => "Event.Shape",
            Self::TooMany { .. } | Self::TooManyTexts { .. } => "Event.TooLarge",
            Self::NotScored => "Endpoint.Failed",
            Self::NoBucket => "Settings.Bucket",
        }
    }
}

#[derive(Deserialize)]
struct Shape<'a> {
    #[serde(borrow, default)]
    records: Option<Vec<FirehoseRecord<'a>>>,
    #[serde(borrow, default, rename = "Records")]
    batch: Option<Vec<KinesisRecord<'a>>>,
    #[serde(borrow, default)]
    texts: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    text: Option<Text<'a>>,
}

impl<'a> Event<'a> {
    /// Reads an event.
    ///
    /// # Errors
    /// Where it is none of the shapes, with what is expected.
    pub fn read(body: &'a [u8]) -> Result<Self, EventError> {
        let shape: Shape<'a> = serde_json::from_slice(body).map_err(|e| {
            // Its own words may quote a value.
            let (line, column) = (e.line(), e.column());
            match e.classify() {
                serde_json::error::Category::Data => EventError::Shape { line, column },
                _ => EventError::NotJson { line, column },
            }
        })?;
        match shape {
            Shape { records: Some(records), batch: None, texts: None, text: None } => {
                Ok(Self::Firehose(records))
            }
            Shape { records: None, batch: Some(records), texts: None, text: None } => {
                Ok(Self::Kinesis(records))
            }
            Shape { records: None, batch: None, texts: Some(texts), text: None } => Ok(Self::Texts(texts)),
            Shape { records: None, batch: None, texts: None, text: Some(text) } => {
                Ok(Self::Texts(vec![text]))
            }
            Shape { records: None, batch: None, texts: None, text: None } => Err(EventError::Unknown),
            _ => Err(EventError::Ambiguous),
        }
    }
}
