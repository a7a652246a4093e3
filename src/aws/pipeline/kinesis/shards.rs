//! The shards of a stream.

use super::Shared;
use crate::aws::error::Failure;
use crate::aws::send;

/// A shard as the stream lists it.
pub struct Listed {
    pub id: String,
    /// The shards that it came from.
    pub parents: Vec<String>,
    /// It takes records: no reshard has closed it.
    pub is_open: bool,
}

/// All shards that can be read, the closed ones too.
pub async fn shards(shared: &Shared) -> Result<Vec<Listed>, Failure> {
    let stream = &shared.options.stream;
    let mut found = Vec::new();
    let mut token: Option<String> = None;
    loop {
        // A token stands for the stream: the two are not given together.
        let name = token.is_none().then(|| stream.clone());
        let page = send!(shared.account, kinesis, &format!("list the shards of {stream}"), |c| c
            .list_shards()
            .set_stream_name(name.clone())
            .set_next_token(token.clone()))?;
        for shard in page.shards() {
            let parents = [shard.parent_shard_id(), shard.adjacent_parent_shard_id()];
            let range = shard.sequence_number_range();
            found.push(Listed {
                id: shard.shard_id().to_owned(),
                parents: parents.into_iter().flatten().map(str::to_owned).collect(),
                is_open: range.is_none_or(|range| range.ending_sequence_number().is_none()),
            });
        }
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            return Ok(found);
        }
    }
}
