//! Answers that were given, for as long as the tables are the same. Several tabs, a reload and a refresh ask for the same
//! figures; those of tweets one by one take a scan of all of them.

use std::collections::HashMap;
use std::sync::Mutex;

use axum::body::Bytes;

use crate::limits;

/// Answers by statement, of one version of the tables.
#[derive(Default)]
pub struct Cache(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    version: String,
    bytes: usize,
    answers: HashMap<String, Bytes>,
}

impl Cache {
    /// The answer that was given to `sql` when the tables had this version.
    pub fn get(&self, version: &str, sql: &str) -> Option<Bytes> {
        let kept = self.0.lock().ok()?;
        if kept.version != version {
            return None;
        }
        kept.answers.get(sql).cloned()
    }

    /// Keeps an answer. What other versions were answered is forgotten, and everything when it is too much.
    pub fn put(&self, version: &str, sql: &str, answer: &Bytes) {
        let size = sql.len() + answer.len();
        let Ok(mut kept) = self.0.lock() else { return };
        if kept.version != version || kept.bytes + size > limits::DASHBOARD_CACHE_BYTES {
            *kept = Kept { version: version.to_owned(), ..Kept::default() };
        }
        if size <= limits::DASHBOARD_CACHE_BYTES
            && kept.answers.insert(sql.to_owned(), answer.clone()).is_none()
        {
            kept.bytes += size;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_tables_have_other_answers() {
        let cache = Cache::default();
        let answer = Bytes::from_static(b"1");
        cache.put("a", "SELECT 1", &answer);
        assert_eq!(cache.get("a", "SELECT 1"), Some(answer.clone()));
        assert_eq!(cache.get("a", "SELECT 2"), None);
        assert_eq!(cache.get("b", "SELECT 1"), None);
        cache.put("b", "SELECT 2", &answer);
        assert_eq!(cache.get("a", "SELECT 1"), None, "the older version is gone");
    }

    #[test]
    fn it_never_holds_more_than_its_limit() {
        let cache = Cache::default();
        let answer = Bytes::from(vec![0; limits::DASHBOARD_CACHE_BYTES / 10]);
        for n in 0..100 {
            cache.put("a", &format!("SELECT {n}"), &answer);
            cache.put("a", &format!("SELECT {n}"), &answer);
            let kept = cache.0.lock().unwrap();
            let held: usize = kept.answers.iter().map(|(sql, answer)| sql.len() + answer.len()).sum();
            assert_eq!(held, kept.bytes);
            assert!(held <= limits::DASHBOARD_CACHE_BYTES);
        }
        cache.put("a", "huge", &Bytes::from(vec![0; limits::DASHBOARD_CACHE_BYTES + 1]));
        assert_eq!(cache.get("a", "huge"), None);
    }
}
