//! A packet that is being filled: staging lines, and the part of them that scoring needs. Pure.

use crate::error::{Error, Result};
use crate::limits;
use crate::model::{PacketTweet, StagedPost};
use crate::wire;

#[derive(Default)]
pub struct PacketBuilder {
    /// The packet as it is staged.
    pub lines: Vec<u8>,
    pub tweets: Vec<PacketTweet>,
}

impl PacketBuilder {
    pub fn is_full(&self) -> bool {
        self.tweets.len() >= limits::PACKET_POSTS
            || (!self.tweets.is_empty() && self.lines.len() >= limits::PACKET_BYTES - limits::TEXT_BYTES)
    }

    pub fn push(&mut self, post: StagedPost) -> Result<()> {
        wire::write_staging_line(&post, &mut self.lines)
            .map_err(|e| Error::failed("a post cannot be written as JSON").because(e))?;
        self.tweets.push(PacketTweet { tweet_id: post.tweet_id, text: post.text, lang: post.lang });
        Ok(())
    }
}
