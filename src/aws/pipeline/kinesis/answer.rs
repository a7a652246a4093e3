//! Reads the answer to GetRecords in one pass. The SDK's own reader looks at each byte of the data for its end, and copies
//! it before it decodes it; what this one cannot read is left to that one, errors above all.

use std::borrow::Cow;

use aws_sdk_kinesis::config::interceptors::BeforeSerializationInterceptorContextRef;
use aws_sdk_kinesis::config::{ConfigBag, Intercept};
use aws_sdk_kinesis::error::BoxError;
use aws_sdk_kinesis::operation::get_records::{GetRecords, GetRecordsOutput};
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::Record;
use aws_smithy_runtime_api::client::interceptors::context::{Error, Output};
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;
use aws_smithy_runtime_api::client::ser_de::{DeserializeResponse, SharedResponseDeserializer};
use aws_smithy_types::base64;
use aws_smithy_types::config_bag::FrozenLayer;
use serde::Deserialize;

/// Puts the reader in the place of the SDK's for one call.
#[derive(Debug)]
pub struct Answers;

#[dyn_dispatch_hint]
impl Intercept for Answers {
    fn name(&self) -> &'static str {
        "Answers"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let theirs = GetRecords::new().config().ok_or("GetRecords has no settings")?;
        config.interceptor_state().store_put(SharedResponseDeserializer::new(Reader(theirs)));
        Ok(())
    }
}

/// Holds the SDK's own, where the SDK has it.
#[derive(Debug)]
struct Reader(FrozenLayer);

impl DeserializeResponse for Reader {
    fn deserialize_nonstreaming_with_config(
        &self,
        response: &HttpResponse,
        config: &ConfigBag,
    ) -> Result<Output, OrchestratorError<Error>> {
        let body = response.body().bytes().filter(|_| response.status().is_success());
        if let Some(answer) = body.and_then(read) {
            return Ok(Output::erase(answer));
        }
        match self.0.load::<SharedResponseDeserializer>() {
            Some(theirs) => theirs.deserialize_nonstreaming_with_config(response, config),
            None => Err(OrchestratorError::other("GetRecords has no reader")),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(borrow)]
    records: Vec<Given<'a>>,
    next_shard_iterator: Option<String>,
    millis_behind_latest: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Given<'a> {
    sequence_number: String,
    #[serde(borrow)]
    data: Cow<'a, str>,
}

/// The answer as far as the consumer needs it: without keys, times and children.
fn read(body: &[u8]) -> Option<GetRecordsOutput> {
    let answer: Answer = serde_json::from_slice(body).ok()?;
    let mut records = Vec::with_capacity(answer.records.len());
    for given in answer.records {
        let data = base64::decode(given.data).ok()?;
        let record = Record::builder().sequence_number(given.sequence_number).data(Blob::new(data));
        records.push(record.build().ok()?);
    }
    GetRecordsOutput::builder()
        .set_records(Some(records))
        .set_next_shard_iterator(answer.next_shard_iterator)
        .set_millis_behind_latest(answer.millis_behind_latest)
        .build()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_with_its_records_and_its_place() {
        let body = br#"{"Records": [{"SequenceNumber": "49", "ApproximateArrivalTimestamp": 1.7e9,
            "Data": "eyJhIjoi\/\/8ifQ==", "PartitionKey": "r/\"k", "EncryptionType": "NONE"}],
            "NextShardIterator": "AAA", "MillisBehindLatest": 7, "ChildShards": []}"#;
        let answer = read(body).unwrap();
        assert_eq!(answer.next_shard_iterator(), Some("AAA"));
        assert_eq!(answer.millis_behind_latest(), Some(7));
        let record = &answer.records()[0];
        assert_eq!(record.sequence_number(), "49");
        assert_eq!(record.data().as_ref(), b"{\"a\":\"\xff\xff\"}");
        let last = read(br#"{"Records": [], "NextShardIterator": null, "MillisBehindLatest": 0}"#).unwrap();
        assert_eq!((last.records().len(), last.next_shard_iterator()), (0, None));
    }

    #[test]
    fn what_is_no_such_answer_is_left_to_the_sdk() {
        for body in [&b""[..], b"{}", br#"{"__type": "ExpiredIteratorException"}"#, b"{\"Records\": [{}]}"] {
            assert!(read(body).is_none());
        }
        let odd = br#"{"Records": [{"SequenceNumber": "1", "Data": "%", "PartitionKey": "k"}]}"#;
        assert!(read(odd).is_none());
    }
}
