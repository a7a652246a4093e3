//! The price table: what a unit costs in a region, who says so, and when.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::error::{Error, Result};

/// The region of prices that are the same everywhere, such as X's.
pub const GLOBAL: &str = "global";

const COLUMNS: [&str; 8] = ["key", "region", "unit", "usd", "source", "as_of", "checked", "note"];

/// One price.
#[derive(Clone, Debug, PartialEq)]
pub struct Price {
    /// What is priced: `ec2/m6g.xlarge`, `kinesis/shard-hour`.
    pub key: String,
    /// `us-east-1`, or [`GLOBAL`].
    pub region: String,
    /// What one of it is: `instance-hour`, `GB-month`.
    pub unit: String,
    /// US dollars for one unit, before tax and without any free tier.
    pub usd: f64,
    /// Address of the page or file that says so.
    pub source: String,
    /// The source's date: a year, a month (`2026-05`) or a day.
    pub as_of: String,
    /// Whether the price was found in the source. Else it is from general knowledge, and the source is where to
    /// look it up.
    pub checked: bool,
    /// What else is to be known; may be empty.
    pub note: String,
}

impl Price {
    /// Whether it holds in a region.
    pub fn is_of(&self, region: &str) -> bool {
        self.region == region || self.region == GLOBAL
    }
}

/// Prices by key and region.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prices(BTreeMap<(String, String), Price>);

static BUILT_IN: LazyLock<Prices> =
    LazyLock::new(|| Prices::parse(include_str!("prices.csv")).unwrap_or_default());

impl Prices {
    /// The table of this version of the tool.
    pub fn built_in() -> Self {
        BUILT_IN.clone()
    }

    /// Reads a table: CSV with the columns key, region, unit, usd, source, as_of, checked, note.
    ///
    /// # Errors
    /// Of kind `Input`, with the line, when a column is missing, a price is no positive number, or a price has no
    /// source or date.
    pub fn parse(text: &str) -> Result<Self> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let columns =
            reader.headers().map_err(|e| Error::input("the price table cannot be read").because(e))?;
        if columns.iter().ne(COLUMNS) {
            return Err(Error::input("the price table has other columns").hint(COLUMNS.join(",")));
        }
        let mut prices = Self::default();
        for record in reader.records() {
            let record = record.map_err(|e| Error::input("the price table cannot be read").because(e))?;
            let line = record.position().map_or(0, csv::Position::line);
            let price =
                read(&record).map_err(|why| Error::input(format!("line {line} of the price table {why}")))?;
            prices.insert(price);
        }
        Ok(prices)
    }

    /// This table with the prices of `overrides` (CSV) in the place of its own.
    ///
    /// # Errors
    /// As [`Prices::parse`].
    pub fn with(mut self, overrides: &str) -> Result<Self> {
        self.0.extend(Self::parse(overrides)?.0);
        Ok(self)
    }

    /// Adds a price, or replaces the one of its key and region.
    pub fn insert(&mut self, price: Price) {
        self.0.insert((price.key.clone(), price.region.clone()), price);
    }

    /// The price of `key` in `region`, or the one that holds everywhere; `None`: unknown.
    pub fn find(&self, key: &str, region: &str) -> Option<&Price> {
        let at = |region: &str| self.0.get(&(key.to_owned(), region.to_owned()));
        at(region).or_else(|| at(GLOBAL))
    }

    /// All prices, by key, then region.
    pub fn iter(&self) -> impl Iterator<Item = &Price> {
        self.0.values()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The table as CSV, by key and region, as [`Prices::parse`] reads it.
    ///
    /// # Errors
    /// Of kind `Failed`; writing to memory does not fail in practice.
    pub fn to_csv(&self) -> Result<String> {
        let failed =
            |e: &dyn std::fmt::Display| Error::failed("the price table cannot be written").because(e);
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record(COLUMNS).map_err(|e| failed(&e))?;
        for p in self.iter() {
            let usd = p.usd.to_string();
            let checked = if p.checked { "yes" } else { "no" };
            out.write_record([&*p.key, &p.region, &p.unit, &usd, &p.source, &p.as_of, checked, &p.note])
                .map_err(|e| failed(&e))?;
        }
        let bytes = out.into_inner().map_err(|e| failed(&e))?;
        String::from_utf8(bytes).map_err(|e| failed(&e))
    }
}

fn read(record: &csv::StringRecord) -> std::result::Result<Price, String> {
    let field = |i: usize| record.get(i).unwrap_or_default().trim().to_owned();
    for (i, name) in COLUMNS.iter().enumerate().take(7) {
        if field(i).is_empty() {
            return Err(format!("has no {name}"));
        }
    }
    let usd: f64 =
        field(3).parse().map_err(|_| format!("has the price {:?}, which is no number", field(3)))?;
    if !usd.is_finite() || usd <= 0.0 {
        return Err(format!("has the price {usd}: leave out what is not known"));
    }
    let checked = match field(6).as_str() {
        "yes" => true,
        "no" => false,
        other => return Err(format!("says {other:?} for checked, not yes or no")),
    };
    Ok(Price {
        key: field(0),
        region: field(1),
        unit: field(2),
        usd,
        source: field(4),
        as_of: field(5),
        checked,
        note: field(7),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "key,region,unit,usd,source,as_of,checked,note\n";

    #[test]
    fn what_is_written_is_read_again() {
        let prices = Prices::parse(include_str!("prices.csv")).unwrap();
        assert_eq!(Prices::parse(&prices.to_csv().unwrap()).unwrap(), prices);
        assert_eq!(prices, Prices::built_in());
    }

    #[test]
    fn no_price_stands_in_the_table_twice() {
        let lines = include_str!("prices.csv").lines().count() - 1;
        assert_eq!(Prices::built_in().len(), lines);
    }

    #[test]
    fn every_price_has_a_source_and_a_date() {
        for price in Prices::built_in().iter() {
            assert!(price.source.starts_with("https://"), "{price:?}");
            let date = price.as_of.replace('-', "");
            assert!(matches!(date.len(), 4 | 6 | 8) && date.starts_with("20"), "{price:?}");
            assert!(price.usd > 0.0 && price.usd < 100.0, "{price:?}");
        }
    }

    #[test]
    fn overrides_win_and_leave_the_rest() {
        let line = "ec2/m6g.xlarge,us-east-1,instance-hour,0.5,https://x.example,2026-11-22,yes,\n";
        let prices = Prices::built_in().with(&format!("{HEAD}{line}")).unwrap();
        assert_eq!(prices.find("ec2/m6g.xlarge", "us-east-1").unwrap().usd, 0.5);
        assert_eq!(prices.find("ec2/m6g.large", "us-east-1").unwrap().usd, 0.077);
        assert_eq!(prices.len(), Prices::built_in().len());
    }

    #[test]
    fn a_price_without_a_source_or_of_zero_is_refused_with_its_line() {
        for (line, says) in [
            ("k,r,u,0,https://x,2026,yes,\n", "line 2 of the price table has the price 0"),
            ("k,r,u,-1,https://x,2026,yes,\n", "has the price -1"),
            ("k,r,u,NaN,https://x,2026,yes,\n", "has the price NaN"),
            ("k,r,u,free,https://x,2026,yes,\n", "no number"),
            ("k,r,u,1,,2026,yes,\n", "has no source"),
            ("k,r,u,1,https://x,,yes,\n", "has no as_of"),
            ("k,r,u,1,https://x,2026,maybe,\n", "maybe"),
        ] {
            let error = Prices::parse(&format!("{HEAD}{line}")).unwrap_err();
            assert!(error.message.contains(says), "{}", error.message);
        }
        assert!(Prices::parse("a,b\n1,2\n").is_err());
        assert!(Prices::parse(HEAD).unwrap().is_empty());
    }
}
