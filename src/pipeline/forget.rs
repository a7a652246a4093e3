//! Forgetting: takes posts that were taken back out of packets that were staged before. It decides nothing: the gate
//! knows which posts are gone.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::journal::format::Entry;
use crate::journal::resume::Progress;
use crate::model::{StagedPost, Window, WindowFacts};
use crate::pipeline::context::Context;
use crate::pipeline::gate::Gate;
use crate::pipeline::packet::PacketBuilder;
use crate::pipeline::port::Durability;
use crate::wire;

/// Rewrites every staged packet that has such posts, and the counts of its window. The packets' scores are made anew by
/// whoever sees that they no longer fit.
pub async fn forget(
    context: &Context,
    gate: &mut Gate,
    windows: &mut BTreeMap<Window, WindowFacts>,
) -> Result<()> {
    for name in Progress::of(&context.journal.read()?).staged.into_keys() {
        let key = context.layout.staging_packet(&name);
        let Some(lines) = context.store.get(&key).await? else { continue };
        let mut kept = PacketBuilder::default();
        let mut gone = 0;
        for line in wire::lines::<StagedPost>(&lines) {
            let post = line.map_err(|e| {
                Error::failed("a staged packet cannot be read back").because(e).resource(&key)
            })?;
            if gate.is_deleted(&post.tweet_id) {
                gone += 1;
            } else {
                kept.push(post)?;
            }
        }
        if gone == 0 {
            continue;
        }
        let (bytes, posts) = (kept.lines.len() as u64, kept.tweets.len() as u64);
        context.store.put(&key, kept.lines, Durability::Power).await?;
        gate.forgot(gone);
        if let Some(facts) = windows.get_mut(&name.window) {
            facts.posts -= gone;
        }
        context.log(Entry::Staged { name, posts, bytes })?;
    }
    Ok(())
}
