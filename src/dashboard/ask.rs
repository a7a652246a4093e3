//! What a request asks for: a span of time and what is chosen in the filters, from the part of the address after `?`.
//! Nothing of it reaches SQL but as quoted values.

use jiff::Timestamp;

use super::refusal::Refusal;
use crate::limits;
use crate::panels::{Choice, Filters, Span};

/// From before the first post to after the last: text of this width compares as times do.
const FIRST: &str = "1970-01-01T00:00:00Z";
const LAST: &str = "9999-12-30T00:00:00Z";

/// Span and filters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    pub span: Span,
    pub filters: Filters,
}

impl Wish {
    /// Reads the pairs of a query string. A filter that is named several times has several values; one that is not named
    /// chooses everything.
    pub fn of(pairs: &[(String, String)]) -> Result<Self, Refusal> {
        if pairs.len() > limits::DASHBOARD_FILTERS {
            return Err(Refusal::unclear("too much is asked for"));
        }
        let time = |text: &str| {
            text.parse::<Timestamp>().map_err(|_| Refusal::unclear(format!("{text:?} is not a time")))
        };
        let mut wish =
            Self { span: Span { from: time(FIRST)?, to: time(LAST)? }, filters: Filters::default() };
        for (name, value) in pairs {
            if value.len() > limits::DASHBOARD_FILTER_BYTES {
                return Err(Refusal::unclear(format!("the value of {name} is too long")));
            }
            let Filters { topic, source, model, run, window, lang, label } = &mut wish.filters;
            let choice = match name.as_str() {
                "from" => {
                    wish.span.from = time(value)?;
                    continue;
                }
                "to" => {
                    wish.span.to = time(value)?;
                    continue;
                }
                "topic" => topic,
                "source" => source,
                "model" => model,
                "run" => run,
                "window" => window,
                "lang" => lang,
                "label" => label,
                other => return Err(Refusal::unclear(format!("{other:?} is no filter"))),
            };
            match choice {
                Choice::All => *choice = Choice::one(value),
                Choice::Only(values) => values.push(value.clone()),
            }
        }
        Ok(wish)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(pairs: &[(&str, &str)]) -> Result<Wish, String> {
        let pairs: Vec<_> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Wish::of(&pairs).map_err(|refusal| format!("{refusal:?}"))
    }

    #[test]
    fn what_is_not_named_is_everything() {
        let all = wish(&[]).unwrap();
        assert_eq!(all.filters, Filters::default());
        assert!(all.span.from < "2000-01-01T00:00:00Z".parse().unwrap());
        assert!(all.span.to > "2100-01-01T00:00:00Z".parse().unwrap());
    }

    #[test]
    fn values_come_one_by_one() {
        let some = wish(&[
            ("label", "positive"),
            ("label", "mixed"),
            ("model", "m"),
            ("from", "2026-01-01T00:00:00Z"),
        ]);
        let some = some.unwrap();
        assert_eq!(some.filters.label, Choice::Only(vec!["positive".to_owned(), "mixed".to_owned()]));
        assert_eq!(some.filters.model, Choice::one("m"));
        assert_eq!(some.span.from.to_string(), "2026-01-01T00:00:00Z");
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let many: Vec<(&str, &str)> = vec![("label", "x"); limits::DASHBOARD_FILTERS + 1];
        let long = "x".repeat(limits::DASHBOARD_FILTER_BYTES + 1);
        for bad in [&[("sql", "SELECT 1")][..], &[("from", "yesterday")], &many, &[("topic", &long)]] {
            assert!(wish(bad).unwrap_err().contains("400"), "{bad:?}");
        }
    }
}
