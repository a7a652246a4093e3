//! What reading would cost: asks X how many posts match, minute by minute, and adds up by window.

use std::collections::BTreeMap;

use super::api::{self, Counted};
use super::fault::Fault;
use super::plan::Span;
use super::{XSearch, stop};
use crate::config::x::Expand;
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::model::Window;
use crate::pipeline::port::{Quote, QuoteItem};

/// Seconds of a bucket of the counts.
const BUCKET_SECONDS: u32 = 60;

/// What X takes, US dollars each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    pub post: f64,
    pub user: f64,
    /// A request to the counts endpoint.
    pub count: f64,
}

#[cfg(feature = "stack")]
impl Rates {
    /// From the price table.
    ///
    /// # Errors
    /// Of kind `Failed` where a price is missing: what cannot be priced is not read.
    pub fn of(prices: &crate::cost::Prices) -> Result<Self> {
        let usd = |key: &str| {
            let price = prices.find(key, crate::cost::GLOBAL).map(|price| price.usd);
            price.ok_or_else(|| Error::failed(format!("the price table has no {key}")))
        };
        Ok(Self { post: usd("x/post")?, user: usd("x/user")?, count: usd("x/count")? })
    }
}

impl XSearch {
    /// Asks for the counts of the windows that are still to be read, remembers them, and prices the reading.
    pub(super) async fn count(&mut self) -> Result<Quote> {
        let Some(span) = self.to_read() else { return Ok(Quote { available: Some(0), ..Quote::default() }) };
        let (mut token, mut requests, mut total) = (None::<String>, 0_u32, 0);
        let mut windows = BTreeMap::<Window, u64>::new();
        // A stop of its own: where the counts are refused, the search may still be asked.
        let (raise, mut stop) = stop::stop();
        loop {
            let parameters = api::counts(self.client.query(), span, token.as_deref());
            let answer = self.client.ask(api::COUNTS, &parameters, (&raise, &mut stop)).await;
            let Some(answer) = answer.map_err(failed)? else { break };
            requests += 1;
            let page: Counted = serde_json::from_str(&answer.text).map_err(|error| {
                Error::new(ErrorKind::Outside, "X's counts are not as expected")
                    .because(error)
                    .hint("try again")
            })?;
            for bucket in page.data {
                total += bucket.tweet_count;
                *windows.entry(Window::of(bucket.start, self.window_seconds)).or_default() +=
                    bucket.tweet_count;
            }
            let next = page.meta.next_token.filter(|next| token.as_ref() != Some(next));
            if next.is_none() || requests >= limits::X_COUNT_PAGES {
                break;
            }
            token = next;
        }
        let by_window = self.window_seconds.is_multiple_of(BUCKET_SECONDS);
        if by_window {
            // A minute without posts may have no bucket: a window that was asked for and has none has none.
            self.counts = self.open.keys().map(|window| (*window, 0)).collect();
            self.counts.extend(windows.into_iter().filter(|(window, _)| self.open.contains_key(window)));
        }
        let to_come = |(window, count): (&Window, &u64)| {
            self.open.get(window).map_or(0, |reading| reading.walk.to_come(*count))
        };
        let posts = match by_window {
            true => self.counts.iter().map(to_come).sum(),
            false => self.open.values().map(|reading| reading.walk.to_come(total)).sum::<u64>().min(total),
        };
        let available = if by_window { self.counts.values().sum() } else { total };
        self.quoted = Some(posts);
        let asked_usd = f64::from(requests) * self.rates.count;
        Ok(Quote { available: Some(available), posts, items: self.items(posts), asked_usd })
    }

    /// From the first to the last second that is still to be read.
    fn to_read(&self) -> Option<Span> {
        let spans = || self.open.values().map(|reading| reading.walk.span());
        let start = spans().map(|span| span.start).min()?.max(self.earliest());
        let end = spans().map(|span| span.end).max()?;
        (start < end).then_some(Span { start, end })
    }

    /// Whether what stands in includes is billed is not settled: from none of it to one for each post.
    fn items(&self, posts: u64) -> Vec<QuoteItem> {
        let mut items = vec![QuoteItem { what: "posts", low: posts, high: posts, usd: self.rates.post }];
        let expand = self.settings.expand;
        if matches!(expand, Expand::References | Expand::All) {
            items.push(QuoteItem { what: "posts in includes", low: 0, high: posts, usd: self.rates.post });
        }
        if matches!(expand, Expand::Users | Expand::All) {
            items.push(QuoteItem { what: "users", low: 0, high: posts, usd: self.rates.user });
        }
        items
    }
}

fn failed(fault: Fault) -> Error {
    match fault {
        Fault::Failed(error) => *error,
        Fault::Token(why) => {
            Error::new(ErrorKind::Outside, "X's counts broke off").because(why).hint("try again")
        }
    }
}
