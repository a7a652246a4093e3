//! The body of a PutRecords call. A packet's JSON is written into it once, as base64, and stays there: neither another
//! attempt nor a call with what failed of this one writes it again. The SDK's own way holds each record four times.

use std::ops::Range;

use aws_smithy_types::base64;
use aws_smithy_types::body::SdkBody;

use crate::error::{Error, Result};
use crate::model::Packet;
use crate::wire;

/// Records for one call, while they are coming.
pub struct Filling {
    stream: String,
    body: Vec<u8>,
    records: Vec<Record>,
    bytes: usize,
}

/// Records for one call.
pub struct Batch {
    stream: String,
    body: SdkBody,
    records: Vec<Record>,
    bytes: usize,
}

struct Record {
    /// Where it is in the body.
    at: Range<usize>,
    /// Of its data and its key, as Kinesis counts.
    bytes: usize,
}

/// A packet as a record: its JSON and its key.
pub struct Entry {
    data: Vec<u8>,
    key: String,
}

impl Entry {
    pub fn of(packet: &Packet) -> Result<Self> {
        let mut data =
            Vec::with_capacity(packet.tweets.iter().map(|t| t.text.len() + 80).sum::<usize>() + 128);
        wire::write_packet(packet, &mut data)
            .map_err(|e| Error::failed("a packet cannot be written as JSON").because(e))?;
        Ok(Self { data, key: format!("{}/{}", packet.run_id, packet.name) })
    }

    pub fn bytes(&self) -> usize {
        self.data.len() + self.key.len()
    }
}

impl Filling {
    /// For records of so many bytes; what grows must be copied, and this is megabytes.
    pub fn new(stream: &str, bytes: usize) -> Self {
        let mut body = Vec::with_capacity(bytes / 2 * 3);
        body.extend_from_slice(b"{\"StreamName\":");
        string(stream, &mut body);
        body.extend_from_slice(b",\"Records\":[");
        Self { stream: stream.to_owned(), body, records: Vec::new(), bytes: 0 }
    }

    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Of all data and keys.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn push(&mut self, entry: &Entry) {
        let bytes = entry.bytes();
        self.record(bytes, |body| {
            body.extend_from_slice(b"{\"Data\":\"");
            body.extend_from_slice(base64::encode(&entry.data).as_bytes());
            body.extend_from_slice(b"\",\"PartitionKey\":");
            string(&entry.key, body);
            body.push(b'}');
        });
    }

    fn record(&mut self, bytes: usize, write: impl FnOnce(&mut Vec<u8>)) {
        if !self.records.is_empty() {
            self.body.push(b',');
        }
        let start = self.body.len();
        write(&mut self.body);
        self.records.push(Record { at: start..self.body.len(), bytes });
        self.bytes += bytes;
    }

    pub fn close(self) -> Batch {
        let Self { stream, mut body, records, bytes } = self;
        body.extend_from_slice(b"]}");
        Batch { stream, body: SdkBody::from(body), records, bytes }
    }
}

impl Batch {
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Of all data and keys.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// What is sent. Its bytes are shared, not copied.
    pub fn body(&self) -> SdkBody {
        self.body.try_clone().unwrap_or_else(|| SdkBody::from(self.body.bytes().unwrap_or_default()))
    }

    /// Those records alone that failed, in the order of the call.
    pub fn failed(&self, failed: impl Iterator<Item = bool>) -> Self {
        let mut left = Filling::new(&self.stream, 0);
        let body = self.body.bytes().unwrap_or_default();
        for (record, _) in self.records.iter().zip(failed).filter(|(_, failed)| *failed) {
            let written = body.get(record.at.clone()).unwrap_or_default();
            left.record(record.bytes, |body| body.extend_from_slice(written));
        }
        left.close()
    }
}

fn string(text: &str, body: &mut Vec<u8>) {
    // A str into a Vec: there is nothing to fail.
    let _ = serde_json::to_writer(body, text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{PacketName, PacketTweet, Window};

    fn packet(number: u32) -> Packet {
        let text = format!("\"{number}\"\n🚲");
        let tweets = vec![PacketTweet { tweet_id: "1".into(), text, lang: None }];
        Packet {
            run_id: "r".into(),
            name: PacketName::numbered(Window::from_unix(0), number),
            score: None,
            tweets,
        }
    }

    fn packets(body: &SdkBody) -> Vec<Packet> {
        let call: serde_json::Value = serde_json::from_slice(body.bytes().unwrap()).unwrap();
        assert_eq!(call["StreamName"], "a\"b");
        let records = call["Records"].as_array().unwrap();
        let read = records.iter().map(|record| {
            let data = base64::decode(record["Data"].as_str().unwrap()).unwrap();
            let packet: Packet = serde_json::from_slice(&data).unwrap();
            assert_eq!(data, serde_json::to_vec(&packet).unwrap());
            assert_eq!(record["PartitionKey"], format!("r/{}", packet.name));
            packet
        });
        read.collect()
    }

    #[test]
    fn a_call_has_every_packet_and_one_of_the_failed_has_those_alone() {
        let mut filling = Filling::new("a\"b", 0);
        let mut bytes = Vec::new();
        for number in 1..=4 {
            let entry = Entry::of(&packet(number)).unwrap();
            bytes.push(entry.bytes());
            filling.push(&entry);
        }
        let all = filling.close();
        assert_eq!(packets(&all.body()), (1..=4).map(packet).collect::<Vec<_>>());
        assert_eq!((all.len(), all.bytes()), (4, bytes.iter().sum()));
        let failed = all.failed([false, true, false, true].into_iter());
        assert_eq!(packets(&failed.body()), vec![packet(2), packet(4)]);
        assert_eq!((failed.len(), failed.bytes()), (2, bytes[1] + bytes[3]));
        let last = failed.failed([false, true].into_iter());
        assert_eq!(packets(&last.body()), vec![packet(4)]);
        assert_eq!(last.failed(std::iter::once(false)).len(), 0);
    }
}
