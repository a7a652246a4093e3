//! What a remote run's machine needs of the account: its image, and its program in the bucket.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use futures_util::future::try_join_all;

use super::{Account, missing, send};
use crate::error::{Error, Result};
use crate::limits;

impl Account {
    /// The image that a parameter of SSM names.
    pub async fn image(&self, parameter: &str) -> Result<String> {
        let answer = send!(self, ssm, "ask for the newest image", |c| c.get_parameters().names(parameter))?;
        let value = answer.parameters().first().and_then(|found| found.value());
        value
            .map(str::to_owned)
            .ok_or_else(|| Error::failed("the region has no image of Amazon Linux 2023").resource(parameter))
    }

    /// Whether there is an object of this key.
    pub async fn has_object(&self, bucket: &str, key: &str) -> Result<bool> {
        match send!(self, s3, "look into the bucket", |c| c.head_object().bucket(bucket).key(key)) {
            Ok(_) => Ok(true),
            Err(failure) if failure.is_not_found() => Ok(false),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Puts a large object there, in parts: it is there whole, or not at all.
    pub async fn put_large(&self, bucket: &str, key: &str, body: &[u8]) -> Result<()> {
        let begun = send!(self, s3, "begin to put the program there", |c| c
            .create_multipart_upload()
            .bucket(bucket)
            .key(key))?;
        let id = begun.upload_id().ok_or_else(|| missing("an upload's id"))?;
        let put = self.put_parts(bucket, key, id, body).await;
        if put.is_err() {
            // What stays all the same, the bucket's own rule takes away after a day.
            let _ = send!(self, s3, "end an unfinished upload", |c| c
                .abort_multipart_upload()
                .bucket(bucket)
                .key(key)
                .upload_id(id));
        }
        put
    }

    async fn put_parts(&self, bucket: &str, key: &str, id: &str, body: &[u8]) -> Result<()> {
        let parts: Vec<(i32, &[u8])> = (1..).zip(body.chunks(limits::UPLOAD_PART_BYTES)).collect();
        let mut put = Vec::new();
        for few in parts.chunks(limits::UPLOAD_PARTS_AT_ONCE) {
            let calls = few.iter().map(|(number, part)| self.put_part(bucket, key, id, *number, part));
            put.extend(try_join_all(calls).await?);
        }
        let whole = CompletedMultipartUpload::builder().set_parts(Some(put)).build();
        send!(self, s3, "put the program there", |c| c
            .complete_multipart_upload()
            .bucket(bucket)
            .key(key)
            .upload_id(id)
            .multipart_upload(whole.clone()))?;
        Ok(())
    }

    async fn put_part(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
        number: i32,
        part: &[u8],
    ) -> Result<CompletedPart> {
        let put = send!(self, s3, "put a part of the program there", |c| c
            .upload_part()
            .bucket(bucket)
            .key(key)
            .upload_id(id)
            .part_number(number)
            .body(ByteStream::from(part.to_vec())))?;
        Ok(CompletedPart::builder().part_number(number).set_e_tag(put.e_tag().map(str::to_owned)).build())
    }
}
