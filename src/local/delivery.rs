//! The live path inside this process: the function as Lambda would call it, and files in the place of Firehose's
//! objects, with the same names, lines and failures.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sentistack_live::kinesis::Objects;
use sentistack_live::settings::{Include, Settings};
use sentistack_live::{Embedded, Function};
use serde::Deserialize;
use serde_json::json;

use crate::config::stack::settings::{self, Compression, Live};
use crate::error::{Error, Result};
use crate::layout::{DELIVERED, FAILED};
use crate::limits;
use crate::live::port::{Delivery, NotTaken};
use crate::pipeline::port::{Clock, Durability, Store};

/// Objects are written at so many bytes: Firehose's buffer by default.
const OBJECT_BYTES: usize = 1024 * 1024;

pub struct LocalDelivery {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    name: String,
    compression: Compression,
    state: Mutex<State>,
}

struct State {
    function: Function<Embedded, Nowhere>,
    delivered: Vec<u8>,
    failed: Vec<u8>,
    objects: u32,
}

/// Packets of a Kinesis stream do not come this way.
struct Nowhere;

impl Objects for Nowhere {
    fn put(&mut self, key: &str, _: Vec<u8>) -> std::result::Result<(), String> {
        Err(format!("there is no bucket for {key}"))
    }
}

/// The function's answer to Firehose.
#[derive(Deserialize)]
struct Answer {
    records: Vec<Verdict>,
}

#[derive(Deserialize)]
struct Verdict {
    result: String,
    #[serde(default)]
    data: String,
}

impl LocalDelivery {
    /// A function that scores posts in `lang` (empty: all), delivering into `store` what `live` says, as it says. Its objects' names
    /// start with `name`.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        name: &str,
        lang: &[String],
        live: &Live,
    ) -> Self {
        let include = match live.include {
            settings::Include::Row => Include::Row,
            settings::Include::TextOnly => Include::TextOnly,
        };
        let settings = Settings { lang: lang.to_vec(), include, ..Settings::default() };
        let function = Function { settings, scorer: Embedded::default(), objects: None };
        let state = State { function, delivered: Vec::new(), failed: Vec::new(), objects: 0 };
        let compression = live.compression;
        Self { store, clock, name: name.to_owned(), compression, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what is held once it is more than `more_than` bytes.
    async fn write(&self, more_than: usize) -> Result<()> {
        let due = |held: &mut Vec<u8>| (held.len() > more_than).then(|| std::mem::take(held));
        let (delivered, failed, number) = {
            let mut state = self.state();
            let held = (due(&mut state.delivered), due(&mut state.failed));
            state.objects += u32::from(held.0.is_some() || held.1.is_some());
            (held.0, held.1, state.objects)
        };
        let day = self.clock.now().strftime("%Y-%m-%d");
        let name = format!("dt={day}/{}-{number:06}.jsonl", self.name);
        if let Some(body) = delivered {
            let (body, end) = packed(body, self.compression)?;
            self.store.put(&format!("{DELIVERED}/{name}{end}"), body, Durability::Process).await?;
        }
        if let Some(body) = failed {
            let key = format!("{FAILED}/processing-failed/{name}");
            self.store.put(&key, body, Durability::Process).await?;
        }
        Ok(())
    }
}

/// An object as the setting wants it, and what its name ends in.
fn packed(body: Vec<u8>, compression: Compression) -> Result<(Vec<u8>, &'static str)> {
    let failed = |e: std::io::Error| Error::failed("an object cannot be compressed").because(e);
    match compression {
        Compression::None => Ok((body, "")),
        Compression::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(&body).map_err(failed)?;
            Ok((encoder.finish().map_err(failed)?, ".gz"))
        }
        Compression::Zstd => Ok((zstd::encode_all(&body[..], 0).map_err(failed)?, ".zst")),
    }
}

#[async_trait]
impl Delivery for LocalDelivery {
    fn name(&self) -> String {
        "the function in this process".to_owned()
    }

    async fn put(&self, records: &[Vec<u8>]) -> Result<Vec<NotTaken>> {
        self.state().take(records, self.clock.now().as_millisecond())?;
        self.write(OBJECT_BYTES).await?;
        Ok(Vec::new())
    }

    async fn close(&self) -> Result<()> {
        self.write(0).await
    }
}

impl State {
    /// Calls the function as Firehose does: a megabyte of records at most in one event.
    fn take(&mut self, records: &[Vec<u8>], now: i64) -> Result<()> {
        let mut rest = records;
        while !rest.is_empty() {
            let mut bytes = 0;
            let within = rest.iter().take_while(|record| {
                bytes += record.len();
                bytes <= limits::TRANSFORM_BYTES
            });
            let (event, after) = rest.split_at(within.count().max(1));
            self.transform(event, now)?;
            rest = after;
        }
        Ok(())
    }

    fn transform(&mut self, records: &[Vec<u8>], now: i64) -> Result<()> {
        let listed: Vec<_> = records
            .iter()
            .enumerate()
            .map(|(number, record)| {
                json!({"recordId": number.to_string(), "approximateArrivalTimestamp": now,
                       "data": STANDARD.encode(record)})
            })
            .collect();
        let event = json!({"invocationId": "local", "deliveryStreamArn": "local", "region": "local",
                           "records": listed});
        let broken = |e: &dyn std::fmt::Display| Error::failed(format!("the function broke down: {e}"));
        let answer = self.function.handle(event.to_string().as_bytes()).map_err(|e| broken(&e))?;
        let answer: Answer = serde_json::from_slice(&answer.body).map_err(|e| broken(&e))?;
        if answer.records.len() != records.len() {
            return Err(broken(&"it did not answer every record"));
        }
        for (record, Verdict { result, data }) in records.iter().zip(answer.records) {
            match result.as_str() {
                "Ok" => self.delivered.extend(STANDARD.decode(data).map_err(|e| broken(&e))?),
                "Dropped" => {}
                _ => {
                    let failure = json!({"attemptsMade": 1, "arrivalTimestamp": now, "errorCode":
                        "Lambda.ProcessingFailedStatus", "rawData": STANDARD.encode(record)});
                    self.failed.extend(format!("{failure}\n").into_bytes());
                }
            }
        }
        Ok(())
    }
}
