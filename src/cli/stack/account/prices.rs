//! `stack prices`: the price table, and AWS's own price list in its place.

use std::fmt::Write as _;
use std::path::PathBuf;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Map;

use super::open::{Intent, Session};
use super::priced;
use crate::cli::document::Outcome;
use crate::cli::{Global, settings};
use crate::cost::{Price, Prices, money, refresh};
use crate::error::{Error, Result};
use crate::ui::Printer;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Read the prices of the region from AWS's Price List API (free of charge), and use them from now on
    #[arg(long)]
    pub refresh: bool,
    /// Forget what was read, and use the prices that came with the tool
    #[arg(long, conflicts_with = "refresh")]
    pub reset: bool,
}

/// What `stack prices` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PricesDocument {
    pub region: String,
    pub prices: Vec<PriceDocument>,
    /// Prices that --refresh found.
    pub refreshed: u64,
    /// Keys whose price is another one than before.
    pub changed: Vec<String>,
    /// Where the prices are that were read; null: those of the tool are used.
    pub file: Option<String>,
}

/// One price.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PriceDocument {
    pub key: String,
    pub unit: String,
    /// US dollars for one unit.
    pub usd: f64,
    pub source: String,
    pub as_of: String,
    /// Whether it was found in the source.
    pub checked: bool,
}

pub async fn run(args: &Args, global: &Global, printer: Printer) -> Result<Outcome> {
    let before = priced::table();
    let path = priced::own_prices()
        .ok_or_else(|| Error::config("there is no folder for caches").hint("set HOME, or XDG_CACHE_HOME"))?;
    if args.reset && path.exists() {
        std::fs::remove_file(&path).map_err(|e| Error::io("remove", path.display(), &e))?;
    }
    let (region, found) = if args.refresh {
        let session = Session::open(Map::new(), global, printer, Intent::Look).await?;
        let found = read(&session, &before, printer).await?;
        write(&path, &found)?;
        (session.names.region.clone(), Some(found))
    } else {
        (settings::for_stack(global)?.settings.region, None)
    };
    let document = document(&region, &before, found.as_ref(), path);
    Ok(Outcome::ok(text(&document), &document))
}

async fn read(session: &Session, table: &Prices, printer: Printer) -> Result<Prices> {
    let region = &session.names.region;
    let today = Timestamp::now().strftime("%Y-%m-%d").to_string();
    let mut found = Prices::default();
    for query in refresh::queries(table, region) {
        printer.note(&format!("reading the prices of {}", query.what()));
        let products = session.account.price_list(query.service, &query.attributes).await?;
        let list = serde_json::to_string(&products)
            .map_err(|e| Error::failed("the price list cannot be put together").because(e))?;
        for price in refresh::parse(&list, &today)?.iter() {
            found.insert(price.clone());
        }
    }
    if found.is_empty() {
        return Err(Error::failed(format!("AWS's price list has none of our prices for {region}"))
            .hint("the prices that came with the tool are used; `stack prices` shows them"));
    }
    Ok(found)
}

/// Prices of other regions that were read before stay.
fn write(path: &PathBuf, found: &Prices) -> Result<()> {
    let earlier = std::fs::read_to_string(path).ok().and_then(|text| Prices::parse(&text).ok());
    let all = earlier.unwrap_or_default().with(&found.to_csv()?)?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|e| Error::io("create", folder.display(), &e))?;
    }
    let draft = path.with_extension("new");
    std::fs::write(&draft, all.to_csv()?)
        .and_then(|()| std::fs::rename(&draft, path))
        .map_err(|e| Error::io("write", path.display(), &e))
}

fn document(region: &str, before: &Prices, found: Option<&Prices>, path: PathBuf) -> PricesDocument {
    let now = priced::table();
    let differs = |price: &&Price| {
        before.find(&price.key, region).is_none_or(|known| (known.usd - price.usd).abs() > 1e-12)
    };
    let here: Vec<&Price> = now.iter().filter(|price| price.is_of(region)).collect();
    PricesDocument {
        region: region.to_owned(),
        refreshed: found.map_or(0, |found| found.len() as u64),
        changed: here.iter().copied().filter(differs).map(|price| price.key.clone()).collect(),
        file: path.exists().then(|| path.display().to_string()),
        prices: here
            .into_iter()
            .map(|price| PriceDocument {
                key: price.key.clone(),
                unit: price.unit.clone(),
                usd: price.usd,
                source: price.source.clone(),
                as_of: price.as_of.clone(),
                checked: price.checked,
            })
            .collect(),
    }
}

fn text(document: &PricesDocument) -> String {
    let mut out = String::new();
    for price in &document.prices {
        let mark = if price.checked { ' ' } else { '*' };
        let usd = money::unit_price(price.usd);
        let _ = writeln!(out, "{:<29}{mark}{usd:>13}  {:<23} {}", price.key, price.unit, price.as_of);
    }
    if document.prices.iter().any(|price| !price.checked) {
        out.push_str("* not found in its source yet; `stack prices --refresh` reads AWS's own list\n");
    }
    if document.refreshed > 0 {
        let changed = document.changed.len();
        let _ =
            writeln!(out, "{} prices of {} read, {changed} of them new", document.refreshed, document.region);
    }
    if let Some(file) = &document.file {
        let _ = writeln!(out, "read from AWS into {file}; --reset forgets them");
    }
    out
}
