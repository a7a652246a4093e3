//! What every scorer offers.

use crate::score::Score;
use crate::shares::ShareEstimator;

/// Something that scores posts. Shared between threads; the state of scoring lives in a [`ScoreSession`].
pub trait Scorer: Send + Sync {
    /// `embedded`, `vader`, or the name of a trained model.
    fn name(&self) -> &str;

    /// A short hash of what the scorer holds, in hexadecimal: equal fingerprints give equal scores.
    fn fingerprint(&self) -> String;

    /// A new session, with scratch buffers and word caches of its own: one for each thread.
    fn session(&self) -> Box<dyn ScoreSession + '_>;

    /// How shares over many posts follow from this scorer's sums and counts.
    fn shares(&self) -> &ShareEstimator;
}

/// One thread's way to score posts. What was scored before never changes a score.
pub trait ScoreSession: Send {
    /// Scores one post. Never fails: text without words has a score too.
    fn score(&mut self, text: &str) -> Score;
}
