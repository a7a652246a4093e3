//! How far the stream was read, as a mark carries it. Pure.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Where reading goes on: written `<time_us>/<posts>/<key>.<key>…`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The latest event that was seen, microseconds since 1970.
    pub at: i64,
    /// Posts handed over so far: a limit goes on counting.
    pub posts: u64,
    /// Events of the last seconds that a rewound stream repeats.
    pub recent: BTreeSet<u64>,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/", self.at, self.posts)?;
        for (number, key) in self.recent.iter().enumerate() {
            let dot = if number > 0 { "." } else { "" };
            write!(f, "{dot}{key:x}")?;
        }
        Ok(())
    }
}

impl FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('/');
        let mut part = || parts.next().ok_or(());
        let at = part()?.parse().map_err(|_| ())?;
        let posts = part()?.parse().map_err(|_| ())?;
        let keys = part()?.split('.').filter(|key| !key.is_empty());
        let recent =
            keys.map(|key| u64::from_str_radix(key, 16)).collect::<Result<_, _>>().map_err(|_| ())?;
        Ok(Self { at, posts, recent })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        for recent in [vec![], vec![7], vec![u64::MAX, 0, 16]] {
            let cursor =
                Cursor { at: 1_767_225_600_000_000, posts: 12, recent: recent.into_iter().collect() };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        for bad in ["", "5", "5/6", "x/1/", "5/x/", "5/6/g"] {
            assert_eq!(bad.parse::<Cursor>(), Err(()), "{bad}");
        }
    }
}
