//! The stack's delivery stream: records in full batches, and what of a batch was not taken.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_firehose::primitives::Blob;
use aws_sdk_firehose::types::{DeliveryStreamStatus, Record};

use super::{Account, missing, send};
use crate::error::{Error, ErrorKind, Result};
use crate::live::port::{Delivery, NotTaken};

pub struct FirehoseDelivery {
    account: Arc<Account>,
    stream: String,
}

impl FirehoseDelivery {
    /// Looks whether the stream is there and takes records.
    ///
    /// # Errors
    /// Of kind `Usage` where there is none, of kind `Outside` while it is being made.
    pub async fn open(account: Arc<Account>, stream: &str) -> Result<Self> {
        let what = format!("look at the delivery stream {stream}");
        let answer = send!(account, firehose, &what, |c| c
            .describe_delivery_stream()
            .delivery_stream_name(stream))
        .map_err(|failure| match failure.is_not_found() {
            true => Error::usage(format!("there is no delivery stream {stream}")).hint(
                "bring it up first: `sentistack stack up --only live`; or run the function here: --local",
            ),
            false => failure.into(),
        })?;
        let stream_of = answer.delivery_stream_description();
        let status = stream_of.ok_or_else(|| missing("the delivery stream"))?.delivery_stream_status();
        if *status != DeliveryStreamStatus::Active {
            return Err(Error::new(
                ErrorKind::Outside,
                format!("the delivery stream {stream} is {}", status.as_str()),
            )
            .hint("`sentistack stack status` shows how far the stack is; try again when it is up"));
        }
        Ok(Self { account, stream: stream.to_owned() })
    }
}

#[async_trait]
impl Delivery for FirehoseDelivery {
    fn name(&self) -> String {
        self.stream.clone()
    }

    async fn put(&self, records: &[Vec<u8>]) -> Result<Vec<NotTaken>> {
        let batch: Vec<Record> = records
            .iter()
            .map(|line| Record::builder().data(Blob::new(line.clone())).build())
            .collect::<Result<_, _>>()
            .map_err(|e| Error::failed("a line cannot be made a record").because(e))?;
        let what = format!("put records on the delivery stream {}", self.stream);
        let answer = send!(self.account, firehose, &what, |c| c
            .put_record_batch()
            .delivery_stream_name(&self.stream)
            .set_records(Some(batch.clone())));
        let all = |why: &str| Ok((0..records.len()).map(|at| NotTaken { at, why: why.to_owned() }).collect());
        match answer {
            Ok(answer) => Ok(answer
                .request_responses()
                .iter()
                .enumerate()
                .filter_map(|(at, one)| Some(NotTaken { at, why: one.error_code()?.to_owned() }))
                .collect()),
            // What the client tried again for long enough is still only a matter of time.
            Err(failure) if failure.is_busy() => all(&failure.message),
            Err(failure) => Err(failure.into()),
        }
    }

    async fn close(&self) -> Result<()> {
        Ok(())
    }
}
