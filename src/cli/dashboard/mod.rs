//! `dashboard`: the local page, until a signal ends it.

mod desk;

use std::io::IsTerminal;
use std::sync::Arc;

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::watch;

use crate::cli::document::Outcome;
use crate::cli::pipeline::flags::Root;
use crate::cli::pipeline::open;
use crate::cli::{Global, browser, signals};
use crate::dashboard::{Server, Start};
use crate::error::Result;
use crate::ui::Printer;

#[derive(Debug, ClapArgs)]
pub struct Args {
    /// Begin with this run [default: the newest]
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    /// Port on 127.0.0.1; 0: any that is free
    #[arg(long, value_name = "N", default_value_t = 8050)]
    pub port: u16,
    /// Print the address and open no browser
    #[arg(long)]
    pub no_open: bool,
    #[command(flatten)]
    pub root: Root,
}

/// What `dashboard` prints when it has ended.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DashboardDocument {
    /// Where the page was.
    pub url: String,
    /// Whose runs it showed: a folder, or s3://bucket/prefix.
    pub root: String,
}

/// The line that says where the page is, for programs.
#[derive(Serialize)]
struct Listening<'a> {
    event: &'static str,
    url: &'a str,
}

pub fn run(args: &Args, global: &Global, printer: Printer) -> Outcome {
    show(args, global, printer).unwrap_or_else(Outcome::from)
}

fn show(args: &Args, global: &Global, printer: Printer) -> Result<Outcome> {
    let place = open::place(&args.root, global, printer)?;
    // A run that is not there is said now, not on the page.
    let run = args.run.as_deref().map(|run| place.choose(Some(run))).transpose()?;
    if let Some(run) = &run {
        place.manifest(run)?;
    }
    let root = place.name();
    let desk = desk::open(&place, args.root.root.is_some(), printer)?;
    let start = Start { place: root.clone(), run, tool_version: env!("CARGO_PKG_VERSION").to_owned() };
    let runtime = Arc::clone(&place.runtime);
    runtime.block_on(async {
        let server = Server::bind(args.port, desk, start).await?;
        let url = format!("http://{}/", server.address());
        // Before anybody is told that it is there: a signal from then on ends it in order.
        let (sender, mut asked) = watch::channel(None);
        signals::watch(sender, |_| {})?;
        printer.note(&format!("{root}: {url} (Ctrl-C ends it)"));
        printer.event(&Listening { event: "listening", url: &url });
        if !args.no_open && std::io::stdout().is_terminal() && std::io::stderr().is_terminal() {
            browser::open(&url);
        }
        server
            .run(async move {
                let _ = asked.wait_for(Option::is_some).await;
            })
            .await;
        Ok(Outcome::ok("", &DashboardDocument { url, root }))
    })
}
