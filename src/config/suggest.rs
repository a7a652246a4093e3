//! "Did you mean": the known word that is nearest to a misspelt one.

/// The candidate nearest to `word`, if any is near enough to be worth naming.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = plain(word);
    // A long text is no misspelt key, and measuring it would take quadratic time.
    if word.len() > 64 {
        return None;
    }
    candidates
        .into_iter()
        .map(|candidate| (distance(&word, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 3).clamp(1, 4))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `; did you mean "window"?`, or nothing.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map(|near| format!("; did you mean {near:?}?")).unwrap_or_default()
}

/// Letters and digits only, so that `maxPerWindow` and `max-per-window` are near `max_per_window`.
fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn distance(a: &str, b: &str) -> usize {
    strsim::osa_distance(a, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_near_word_and_only_that() {
        let known = ["window", "max_per_window", "source", "on", "end"];
        assert_eq!(nearest("widnow", known), Some("window"));
        assert_eq!(nearest("maxPerWindow", known), Some("max_per_window"));
        assert_eq!(nearest("max-per-windows", known), Some("max_per_window"));
        assert_eq!(nearest("Source", known), Some("source"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest(&"w".repeat(100_000), known), None);
        assert_eq!(did_you_mean("ned", known), "; did you mean \"end\"?");
    }
}
