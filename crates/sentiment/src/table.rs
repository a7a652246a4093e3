//! The weight table: feature hash in, two small integers out.
//!
//! Buckets of four slots. A bucket is 16 bytes: four 16-bit tags, then four pairs of weights (positive, negative;
//! neutral is the zero that both are measured from). A feature is kept under a tag, so a feature that training
//! never saw finds nothing, instead of the weight of another: of such look-ups 1 in 16,000 is mistaken.

use std::borrow::Cow;

use crate::model::Sums;

/// Slots of one bucket.
pub const SLOTS: usize = 4;
/// Bytes of one bucket.
pub const BUCKET_BYTES: usize = 16;

const LOW_BITS: u64 = 0x0001_0001_0001_0001;
const HIGH_BITS: u64 = 0x8000_8000_8000_8000;

/// Weights by feature. Borrowed from the program for the embedded model, owned for one read or trained.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    bytes: Cow<'static, [u8]>,
}

impl Table {
    /// An empty table with room for `slots` features, rounded up to whole buckets; at least one bucket.
    #[must_use]
    pub fn with_slots(slots: usize) -> Table {
        let buckets = slots.div_ceil(SLOTS).max(1);
        Table { bytes: Cow::Owned(vec![0; buckets * BUCKET_BYTES]) }
    }

    /// A table over stored bytes; `None` unless they are at least one whole bucket and nothing else.
    #[must_use]
    pub fn from_bytes(bytes: Cow<'static, [u8]>) -> Option<Table> {
        let fits = !bytes.is_empty() && bytes.len().is_multiple_of(BUCKET_BYTES);
        fits.then_some(Table { bytes })
    }

    /// The stored bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Features held.
    #[must_use]
    pub fn held(&self) -> usize {
        self.bytes
            .chunks_exact(BUCKET_BYTES)
            .map(|b| b[..8].chunks_exact(2).filter(|t| *t != [0, 0]).count())
            .sum()
    }

    /// Stores a feature's weights. False if its bucket is full (the feature is then left out) or holds its tag.
    pub fn insert(&mut self, hash: u64, weights: [i8; 2]) -> bool {
        let (buckets, _) = self.bytes.to_mut().as_chunks_mut::<BUCKET_BYTES>();
        let at = bucket_of(hash, buckets.len());
        let tag = tag_of(hash).to_le_bytes();
        let bucket = &mut buckets[at];
        for slot in 0..SLOTS {
            let held = [bucket[2 * slot], bucket[2 * slot + 1]];
            if held == tag {
                return false;
            }
            if held == [0, 0] {
                bucket[2 * slot..2 * slot + 2].copy_from_slice(&tag);
                for (k, weight) in weights.iter().enumerate() {
                    bucket[8 + 2 * slot + k] = weight.to_le_bytes()[0];
                }
                return true;
            }
        }
        false
    }

    /// What a feature adds to a post's sums: its weights and a count of 1 if it is held, else nothing. Without
    /// branches, since whether a feature is known cannot be foreseen.
    #[inline]
    #[must_use]
    pub fn find(&self, hash: u64) -> Sums {
        let (buckets, _) = self.bytes.as_chunks::<BUCKET_BYTES>();
        let Some(bucket) = buckets.get(bucket_of(hash, buckets.len())) else { return Sums::default() };
        let (words, _) = bucket.as_chunks::<8>();
        let tags = u64::from_le_bytes(words[0]);
        // A 16-bit lane that equals the tag becomes zero, and the classic test finds the first zero lane.
        let differences = tags ^ (u64::from(tag_of(hash)) * LOW_BITS);
        let zeros = differences.wrapping_sub(LOW_BITS) & !differences & HIGH_BITS;
        let count = u32::from(zeros != 0);
        let pair = u64::from_le_bytes(words[1]) >> (zeros.trailing_zeros().wrapping_sub(15) & 63);
        let [positive, negative, ..] = pair.to_le_bytes();
        let kept = |weight: u8| i32::from(i8::from_le_bytes([weight])) * count as i32;
        Sums { weights: [kept(positive), kept(negative)], count }
    }
}

#[inline]
fn bucket_of(hash: u64, buckets: usize) -> usize {
    (((hash & 0xFFFF_FFFF) * buckets as u64) >> 32) as usize
}

/// The tag of a feature: the top 16 bits, never 0, which marks an empty slot.
#[inline]
fn tag_of(hash: u64) -> u16 {
    ((hash >> 48) as u16).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn what_was_put_in_is_found_and_little_else() {
        let mut rng = Rng::new(3);
        let mut table = Table::with_slots(2000);
        let held: Vec<(u64, [i8; 2])> = (0..1000)
            .map(|_| (rng.next_u64(), [rng.next_u64() as i8, rng.next_u64() as i8]))
            .filter(|(hash, weights)| table.insert(*hash, *weights))
            .collect();
        assert!(held.len() > 950);
        assert_eq!(table.held(), held.len());
        for (hash, weights) in held {
            assert_eq!(table.find(hash), Sums { weights: weights.map(i32::from), count: 1 });
        }
        let mistaken: u32 = (0..100_000).map(|_| table.find(rng.next_u64()).count).sum();
        assert!(mistaken < 20, "{mistaken}");
    }

    #[test]
    fn a_full_bucket_leaves_features_out() {
        let mut table = Table::with_slots(1);
        let kept = (1..9u64).filter(|tag| table.insert(tag << 48, [1, 2])).count();
        assert_eq!(kept, SLOTS);
        assert!(!table.insert(1 << 48, [3, 4]));
    }
}
