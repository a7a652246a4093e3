//! A packet that is being filled: staging lines, and the part of them that scoring needs. Pure.

use crate::error::{Error, Result};
use crate::limits;
use crate::model::{PacketName, PacketTweet, StagedPost, Window};
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
        self.tweets.push(PacketTweet {
            tweet_id: post.tweet_id.into(),
            text: post.text,
            lang: post.lang.map(Into::into),
        });
        Ok(())
    }
}

/// The posts of a window as its packets, in order. Each is made when it is asked for.
pub fn packets(
    window: Window,
    posts: Vec<StagedPost>,
) -> impl Iterator<Item = Result<(PacketName, PacketBuilder)>> {
    let mut posts = posts.into_iter().peekable();
    (1..).map_while(move |number| {
        posts.peek()?;
        let mut packet = PacketBuilder::default();
        while !packet.is_full()
            && let Some(post) = posts.next()
        {
            if let Err(error) = packet.push(post) {
                return Some(Err(error));
            }
        }
        Some(Ok((PacketName::numbered(window, number), packet)))
    })
}
