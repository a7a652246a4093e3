//! Amazon Comprehend as the model: 25 texts a call, one language a call. What it cannot do is scored by the model
//! that is handed in, and counted.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_comprehend::operation::batch_detect_sentiment::BatchDetectSentimentOutput;
use aws_sdk_comprehend::types::{LanguageCode, SentimentScore, SentimentType};
use sentistack_sentiment::ShareEstimator;
use tokio::sync::Semaphore;

use crate::aws::error::Failure;
use crate::aws::{Account, send};
use crate::error::{Error, Result};
use crate::limits;
use crate::model::{Label, Score};
use crate::pipeline::port::{Model, Scores, Text};

/// The model's name, folder and rows.
const NAME: &str = "comprehend";

/// Comprehend behind the port.
pub struct Comprehend {
    account: Arc<Account>,
    /// Scores what Comprehend cannot.
    other: Arc<dyn Model>,
    calls: Arc<Semaphore>,
}

impl Comprehend {
    pub fn new(account: Arc<Account>, other: Arc<dyn Model>) -> Self {
        Self { account, other, calls: Arc::new(Semaphore::new(limits::COMPREHEND_CALLS_AT_ONCE)) }
    }

    /// Scores one call's texts; `None` where a document could not be done.
    async fn batch(&self, lang: &LanguageCode, texts: &[String]) -> Result<Vec<Option<Score>>> {
        let mut scores = vec![None; texts.len()];
        let mut left: Vec<usize> = (0..texts.len()).collect();
        for _ in 0..limits::COMPREHEND_TRIES {
            let list: Vec<String> = left.iter().filter_map(|i| texts.get(*i).cloned()).collect();
            let permit = self.calls.acquire().await;
            let answer = send!(self.account, comprehend, "score with Comprehend", |c| c
                .batch_detect_sentiment()
                .language_code(lang.clone())
                .set_text_list(Some(list.clone())));
            drop(permit);
            let answer = match answer {
                Ok(answer) => answer,
                // The texts themselves: the other model does them.
                Err(failure) if is_about_texts(&failure) => return Ok(scores),
                Err(failure) => return Err(failure.into()),
            };
            for (i, score) in scored(&answer) {
                if let Some(slot) = left.get(i).and_then(|at| scores.get_mut(*at)) {
                    *slot = Some(score);
                }
            }
            left = again(&answer, &left);
            if left.is_empty() {
                break;
            }
        }
        Ok(scores)
    }
}

fn is_about_texts(failure: &Failure) -> bool {
    ["TextSizeLimitExceededException", "UnsupportedLanguageException", "InvalidRequestException"]
        .iter()
        .any(|code| failure.is(code))
}

fn scored(answer: &BatchDetectSentimentOutput) -> impl Iterator<Item = (usize, Score)> {
    answer.result_list().iter().filter_map(|item| {
        let at = usize::try_from(item.index()?).ok()?;
        Some((at, score(item.sentiment()?, item.sentiment_score()?)?))
    })
}

/// Documents of a call that are worth another try.
fn again(answer: &BatchDetectSentimentOutput, sent: &[usize]) -> Vec<usize> {
    let passes =
        |code: &str| code.contains("INTERNAL") || code.contains("Internal") || code.contains("Throttl");
    answer
        .error_list()
        .iter()
        .filter(|item| item.error_code().is_some_and(passes))
        .filter_map(|item| sent.get(usize::try_from(item.index()?).ok()?).copied())
        .collect()
}

fn score(sentiment: &SentimentType, score: &SentimentScore) -> Option<Score> {
    let label = match sentiment {
        SentimentType::Positive => Label::Positive,
        SentimentType::Negative => Label::Negative,
        SentimentType::Neutral => Label::Neutral,
        SentimentType::Mixed => Label::Mixed,
        // A sentiment of a later day.
        _ => return None,
    };
    let weights = [score.positive()?, score.negative()?, score.neutral()?, score.mixed()?].map(f64::from);
    weights.iter().all(|w| w.is_finite() && *w >= 0.0).then(|| Score::quantised(label, weights))
}

/// Comprehend's language for a post; one that states none is taken for English.
fn language(lang: Option<&str>) -> Option<LanguageCode> {
    let Some(lang) = lang.filter(|lang| !lang.is_empty() && *lang != "und") else {
        return Some(LanguageCode::En);
    };
    if lang.eq_ignore_ascii_case("zh-tw") {
        return Some(LanguageCode::ZhTw);
    }
    let main = lang.split(['-', '_']).next().unwrap_or(lang).to_ascii_lowercase();
    LanguageCode::values().contains(&main.as_str()).then(|| LanguageCode::from(main.as_str()))
}

/// What Comprehend looks at of a text: it takes 5,000 bytes, and reads the first 500 characters.
fn head(text: &str) -> String {
    let mut head: String = text.chars().take(limits::COMPREHEND_CHARS).collect();
    while head.len() > limits::COMPREHEND_BYTES {
        head.pop();
    }
    head
}

#[async_trait]
impl Model for Comprehend {
    fn name(&self) -> &str {
        NAME
    }

    async fn score(&self, texts: Vec<Text>) -> Result<Scores> {
        let mut by_language: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (i, text) in texts.iter().enumerate() {
            if let Some(lang) = language(text.lang.as_deref())
                && !text.text.trim().is_empty()
            {
                by_language.entry(lang.as_str().to_owned()).or_default().push(i);
            }
        }
        let mut scores: Vec<Option<Score>> = vec![None; texts.len()];
        let calls = by_language.iter().flat_map(|(lang, all)| {
            all.chunks(limits::COMPREHEND_TEXTS).map(|places| {
                let heads: Vec<String> = places.iter().map(|i| head(&texts[*i].text)).collect();
                let lang = LanguageCode::from(lang.as_str());
                async move { Ok::<_, Error>((places, self.batch(&lang, &heads).await?)) }
            })
        });
        for (places, given) in futures_util::future::try_join_all(calls).await? {
            for (place, score) in places.iter().zip(given) {
                scores[*place] = score;
            }
        }
        let missing: Vec<usize> = (0..texts.len()).filter(|i| scores[*i].is_none()).collect();
        let others = missing.iter().map(|i| texts[*i].clone()).collect::<Vec<_>>();
        if !others.is_empty() {
            let given = self.other.score(others).await?;
            for (place, score) in missing.iter().zip(given.scores) {
                scores[*place] = Some(score);
            }
        }
        Ok(Scores { scores: scores.into_iter().flatten().collect(), fallback: missing.len() as u64 })
    }

    fn shares(&self) -> &ShareEstimator {
        // Nobody measured Comprehend on held-out posts of ours; the embedded model's errors are the nearest thing.
        self.other.shares()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_those_that_comprehend_knows() {
        assert_eq!(language(None), Some(LanguageCode::En));
        assert_eq!(language(Some("und")), Some(LanguageCode::En));
        assert_eq!(language(Some("en-GB")), Some(LanguageCode::En));
        assert_eq!(language(Some("zh-TW")), Some(LanguageCode::ZhTw));
        assert_eq!(language(Some("fi")), None);
        assert_eq!(language(Some("in")), None);
    }

    #[test]
    fn a_text_is_cut_to_what_is_read_on_a_character() {
        assert_eq!(head(&"é".repeat(600)).chars().count(), limits::COMPREHEND_CHARS);
        assert!(head(&"👩‍👩‍👧".repeat(600)).len() <= limits::COMPREHEND_BYTES);
        assert_eq!(head("short"), "short");
    }
}
