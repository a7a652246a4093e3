//! English words that say nothing about a topic: left out of the word counts.

/// Sorted, for binary search; apostrophes are taken out before the look-up ("don't" is `dont`).
#[rustfmt::skip]
pub const STOP_WORDS: &[&str] = &[
    "a", "able", "about", "after", "again", "ago", "all", "almost", "also", "although", "always", "am",
    "amp", "an", "and", "another", "any", "anybody", "anyone", "anything", "are", "arent", "around",
    "as", "ask", "at", "away", "back", "be", "became", "because", "been", "before", "being", "between",
    "both", "but", "by", "came", "can", "cannot", "cant", "come", "comes", "could", "couldnt", "day",
    "did", "didnt", "do", "does", "doesnt", "doing", "done", "dont", "down", "during", "each", "either",
    "else", "even", "ever", "every", "everyone", "everything", "few", "first", "for", "from", "get",
    "gets", "getting", "give", "go", "goes", "going", "gonna", "got", "gotta", "gt", "had", "hadnt",
    "has", "hasnt", "have", "havent", "having", "he", "hed", "her", "here", "heres", "hers", "herself",
    "hes", "hey", "him", "himself", "his", "how", "however", "hows", "htm", "html", "http", "https",
    "i", "id", "if", "ill", "im", "in", "into", "is", "isnt", "it", "itd", "itll", "its", "itself",
    "ive", "just", "keep", "knew", "know", "let", "lets", "like", "lt", "made", "make", "makes",
    "making", "many", "may", "maybe", "me", "might", "mine", "more", "most", "much", "must", "my",
    "myself", "need", "needs", "never", "next", "no", "nobody", "nor", "not", "nothing", "now", "of",
    "off", "oh", "ok", "on", "once", "one", "only", "onto", "or", "other", "others", "our", "ours",
    "out", "over", "own", "per", "put", "quite", "quot", "rather", "really", "rt", "said", "same",
    "saw", "say", "says", "see", "seen", "shall", "she", "shes", "should", "shouldnt", "since", "so",
    "some", "somebody", "someone", "something", "still", "such", "take", "tell", "than", "that",
    "thats", "the", "their", "theirs", "them", "themselves", "then", "there", "theres", "these", "they",
    "theyd", "theyll", "theyre", "theyve", "thing", "things", "think", "this", "those", "though",
    "through", "till", "to", "today", "too", "took", "two", "under", "until", "up", "upon", "us", "use",
    "used", "using", "very", "via", "wanna", "want", "was", "wasnt", "way", "we", "well", "went",
    "were", "werent", "weve", "what", "whats", "when", "where", "whether", "which", "while", "who",
    "whom", "whos", "whose", "why", "will", "with", "within", "without", "wont", "would", "wouldnt",
    "www", "yes", "yet", "you", "youd", "youll", "your", "youre", "yours", "yourself", "youve",
];

/// `word` in lower case, without apostrophes.
pub fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_unique() {
        assert!(
            STOP_WORDS.windows(2).all(|pair| pair[0] < pair[1]),
            "{:?}",
            STOP_WORDS.windows(2).find(|p| p[0] >= p[1])
        );
    }
}
