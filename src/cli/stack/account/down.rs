//! `stack down`: takes the stack down, and proves that nothing is left that bills.

use std::fmt::Write as _;

use clap::Args as ClapArgs;
use serde_json::Map;

use super::document::{DownCost, DownDocument, Kept};
use super::open::{Intent, Session};
use super::priced;
use crate::cli::Global;
use crate::cli::document::Outcome;
use crate::cli::folders;
use crate::cli::stack::render::Only;
use crate::config::StackSettings;
use crate::config::settings::SourceKind;
use crate::cost::{self, money};
use crate::error::{Error, Result};
use crate::stack::names::Part;
use crate::stack::port::{Observe, Pace};
use crate::stack::state::BucketContents;
use crate::stack::teardown::{self, Report, Wish};
use crate::ui::Printer;

#[derive(Debug, ClapArgs)]
pub struct Args {
    /// These stacks alone: batch, live [default: both; storage goes with --purge]
    #[arg(long, value_name = "STACKS", value_delimiter = ',')]
    pub only: Vec<Only>,
    /// Delete the storage too: the bucket with every run in it, the roles, the logs
    #[arg(long, requires = "confirm")]
    pub purge: bool,
    /// The stack's name, typed again: what --purge deletes cannot be brought back
    #[arg(long, value_name = "NAME", requires = "purge")]
    pub confirm: Option<String>,
    /// End a deletion that is stuck: leave out what cannot be deleted, and say what that is
    #[arg(long)]
    pub force: bool,
}

pub async fn run(args: &Args, global: &Global, printer: Printer) -> Result<Outcome> {
    let session = Session::open(Map::new(), global, printer, Intent::Change).await?;
    let wish = wish(args, &session)?;
    let deployed = priced::deployed(session.account.as_ref(), &session.names).await?;
    if wish.purge {
        show_purge(&session, printer).await?;
    }
    let question = format!("Delete {} of {}?", words(&wish.parts), session.names.name);
    if !session.answers.confirm(&question, "--yes")? {
        return Err(Error::usage("nothing was deleted").hint("the stack goes on billing"));
    }
    let report = teardown::down(session.seams(), &session.names, &session.identity.account, &wish).await?;
    let document = document(&session, &report, deployed.as_ref());
    let text = text(&session, &report, &document);
    if wish.purge {
        // What `sql` brought of its runs must not outlive them.
        folders::forget_bucket(&session.names.bucket(&session.identity.account))?;
    }
    if let Some(error) = report.failed {
        return Ok(Outcome::failed(error, text, &document));
    }
    Ok(match teardown::leftover_error(&report.leftovers) {
        Some(error) => Outcome::failed(error, text, &document),
        None if report.deleted.is_empty() => Outcome::ok(text, &document).unchanged(),
        None => Outcome::ok(text, &document),
    })
}

fn wish(args: &Args, session: &Session) -> Result<Wish> {
    if args.purge && args.confirm.as_deref() != Some(session.names.name.as_str()) {
        return Err(Error::usage(format!(
            "--confirm {} is not the stack's name, {}",
            args.confirm.as_deref().unwrap_or_default(),
            session.names.name
        ))
        .hint(format!("say --purge --confirm {}", session.names.name)));
    }
    let mut parts: Vec<Part> = match args.only.as_slice() {
        [] => vec![Part::Batch, Part::Live],
        only => only.iter().map(|only| only.part()).collect(),
    };
    if args.purge && !parts.contains(&Part::Storage) {
        parts.push(Part::Storage);
    }
    if parts.contains(&Part::Storage) && !args.purge {
        return Err(Error::usage("the storage stack holds the bucket and the roles that delete the others")
            .hint(format!("to delete it with all that it holds: --purge --confirm {}", session.names.name)));
    }
    parts.sort();
    parts.dedup();
    Ok(Wish { parts, purge: args.purge, force: args.force })
}

fn words(parts: &[Part]) -> String {
    parts.iter().map(|part| part.as_str()).collect::<Vec<_>>().join(", ")
}

/// What would be lost, before it is.
async fn show_purge(session: &Session, printer: Printer) -> Result<()> {
    let bucket = session.names.bucket(&session.identity.account);
    let Some(held) = session.account.bucket(&bucket).await? else {
        printer.note(&format!("the bucket {bucket} is not there"));
        return Ok(());
    };
    printer.note(&format!("--purge deletes {bucket}: {}", contents(&held)));
    // A page of X's search is a packet of 100 posts at most.
    if held.staging_packets > 0 {
        let posts = held.staging_packets.saturating_mul(100);
        let again = cost::run_cost(
            &cost::RunUse::new(posts, SourceKind::XSearch),
            &session.stack.settings,
            &priced::table(),
        );
        let (low, high) = (money::dollars(again.usd_low), money::dollars(again.usd_high));
        printer.note(&format!(
            "reading up to {posts} posts again from X would cost {low} to {high}; a sample or a file costs nothing"
        ));
    }
    Ok(())
}

fn contents(held: &BucketContents) -> String {
    let gigabytes = to_f64(held.bytes) / 1e9;
    format!("{} objects, {gigabytes:.3} GB, {} runs", held.objects, held.runs)
}

fn to_f64(n: u64) -> f64 {
    n as f64
}

fn document(session: &Session, report: &Report, deployed: Option<&StackSettings>) -> DownDocument {
    let now = session.pace.now();
    let estimate = deployed.map(priced::estimate);
    let mut hours = std::collections::BTreeMap::new();
    let mut spent = 0.0;
    for (part, since) in &report.since {
        let lived = priced::hours(*since, now);
        hours.insert(session.names.stack(*part), lived);
        if let Some(estimate) = &estimate {
            spent += lived * priced::hourly(estimate, &[*part]);
        }
    }
    let per_gb_month = priced::storage_gb_month(&session.names.region);
    let kept = report.kept.map(|held| Kept {
        bucket: session.names.bucket(&session.identity.account),
        objects: held.objects,
        bytes: held.bytes,
        runs: held.runs,
    });
    let kept_month = kept.as_ref().map_or(0.0, |kept| to_f64(kept.bytes) / 1e9 * per_gb_month.unwrap_or(0.0));
    DownDocument {
        name: session.names.name.clone(),
        account: session.identity.account.clone(),
        region: session.names.region.clone(),
        deleted: report.deleted.clone(),
        leftovers: report.leftovers.iter().map(Into::into).collect(),
        hours,
        cost: DownCost {
            currency: "USD".to_owned(),
            estimated: spent,
            measured: None,
            kept_usd_per_month: kept_month,
        },
        kept,
    }
}

fn text(session: &Session, report: &Report, document: &DownDocument) -> String {
    let mut out = String::new();
    for stack in &document.deleted {
        let hours = document.hours.get(stack).copied().unwrap_or(0.0);
        let _ = writeln!(out, "deleted {stack}, after {hours:.2} hours");
    }
    if document.deleted.is_empty() {
        let _ = writeln!(out, "there was no stack of {} to delete", session.names.name);
    }
    if !document.hours.is_empty() {
        let _ = writeln!(
            out,
            "it has cost about {} by its hours; what AWS bills is in Cost Explorer tomorrow",
            money::dollars(document.cost.estimated)
        );
    }
    if let Some(held) = &report.kept {
        let _ = writeln!(
            out,
            "kept: the bucket ({}), {} a month; --purge --confirm {} deletes it too",
            contents(held),
            money::dollars(document.cost.kept_usd_per_month),
            session.names.name
        );
    }
    if report.leftovers.is_empty() {
        let _ = writeln!(out, "nothing left that bills: every service was asked, by name and by tag");
    } else {
        let _ = writeln!(out, "left over:");
        for found in &report.leftovers {
            let _ = writeln!(out, "  {:<26} {} ({})", found.kind.words(), found.id, found.state);
        }
    }
    out
}
