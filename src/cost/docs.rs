//! `docs/prices.md`, made from the table.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::assume;
use super::money::unit_price;
use super::prices::{Price, Prices};

/// The page: every price, its source, its date, and whether it was found there.
pub fn markdown(table: &Prices) -> String {
    let checked = table.iter().filter(|price| price.checked).count();
    let (low, high) = (assume::SPOT_SHARE.0 * 100.0, assume::SPOT_SHARE.1 * 100.0);
    let mut out = format!(
        "# Prices\n\n\
         Generated from `src/cost/prices.csv` by `cargo xtask docs`. US dollars, on demand, Linux, before tax, without\n\
         free tiers.\n\n\
         - {} prices, {checked} of them **checked**: found in the source that stands beside them. The date is the\n  \
           source's; where a source has none, the year that it is thought to be from.\n\
         - The others are **unchecked**: from general knowledge; the source is the page to look them up on. The tool\n  \
           marks them with `*`.\n\
         - What is not here is unknown: the tool says so, never counts it as zero, and refuses to bring up what it\n  \
           cannot hold against `max_cost`.\n\
         - Spot instances are counted at the whole on-demand price, which is the most that they can cost; usually\n  \
           they cost {low:.0} to {high:.0} % of it.\n",
        table.len()
    );
    let mut sources: Vec<&str> = table.iter().map(|price| price.source.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    let number: BTreeMap<&str, usize> = sources.iter().enumerate().map(|(i, s)| (*s, i + 1)).collect();
    let mut group = "";
    for price in table.iter() {
        let service = price.key.split('/').next().unwrap_or_default();
        if service != group {
            group = service;
            let _ = write!(
                out,
                "\n## {group}\n\n| key | region | unit | USD | source | as of | checked | note |\n\
                 | --- | --- | --- | ---: | ---: | --- | --- | --- |\n"
            );
        }
        row(&mut out, price, number.get(price.source.as_str()).copied().unwrap_or_default());
    }
    out.push_str("\n## Sources\n\n");
    for (i, source) in sources.iter().enumerate() {
        let _ = writeln!(out, "{}. <{source}>", i + 1);
    }
    out
}

fn row(out: &mut String, price: &Price, source: usize) {
    let usd = unit_price(price.usd);
    let _ = writeln!(
        out,
        "| `{}` | {} | {} | {} | [{source}](#sources) | {} | {} | {} |",
        price.key,
        price.region,
        price.unit,
        usd.trim_start_matches('$'),
        price.as_of,
        if price.checked { "yes" } else { "no" },
        price.note.replace('|', "\\|")
    );
}
