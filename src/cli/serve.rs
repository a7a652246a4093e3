//! `serve`: the model as an HTTP endpoint, until a signal ends it.

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::watch;

use crate::cli::document::Outcome;
use crate::cli::{Global, settings, signals};
use crate::config::ServeSettings;
use crate::error::{Error, Result};
use crate::local::model;
use crate::serve::{Served, Server};
use crate::ui::Printer;

#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The address that it listens on [default: 127.0.0.1, this machine alone]
    #[arg(long, value_name = "IP")]
    pub host: Option<String>,
    /// Its port; 0: any that is free [default: 8080]
    #[arg(long, value_name = "N")]
    pub port: Option<String>,
    /// embedded, vader, or a model file
    #[arg(long, value_name = "MODEL", default_value = "embedded")]
    pub model: String,
}

/// What `serve` prints when it has ended.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ServeDocument {
    /// Where it listened.
    pub url: String,
    pub model: String,
    /// Requests to /predict that were answered with scores.
    pub answered: u64,
    /// Requests to /predict that were answered with an error.
    pub refused: u64,
    /// Texts scored.
    pub texts: u64,
    /// Connections that were closed before their request was answered, since stopping took too long.
    pub cut: u64,
}

/// The line that says where it listens, for programs.
#[derive(Serialize)]
struct Listening<'a> {
    event: &'static str,
    url: &'a str,
    model: &'a str,
}

pub fn run(args: &Args, global: &Global, printer: Printer) -> Outcome {
    serve(args, global, printer).unwrap_or_else(Outcome::from)
}

fn serve(args: &Args, global: &Global, printer: Printer) -> Result<Outcome> {
    let settings = settings::for_serve(args, global)?;
    let scorer = model::scorer(&args.model)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Error::failed("cannot start the runtime").because(e))?;
    runtime.block_on(async {
        let server = Server::bind(&settings, scorer).await?;
        let url = format!("http://{}", server.address());
        // Before anybody is told that it is there: a signal from then on ends it in order.
        let (sender, mut asked) = watch::channel(None);
        signals::watch(sender, move |signal| {
            printer.note(&format!("{signal}: answering what is under way (again: exit at once)"));
        })?;
        printer.note(&format!("{} answers at {url}/predict; Ctrl-C ends it", scorer.name()));
        if let Some(who) = who_else(&settings) {
            printer.note(&format!("{who} can use it: there is no password and no encryption"));
        }
        printer.event(&Listening { event: "listening", url: &url, model: scorer.name() });
        let stop = async move {
            let _ = asked.wait_for(Option::is_some).await;
        };
        let served = server.run(stop).await;
        Ok(outcome(url, scorer.name(), served))
    })
}

/// Whoever reaches the address beside this machine.
fn who_else(settings: &ServeSettings) -> Option<String> {
    let address = settings.address.ip().to_canonical();
    if address.is_loopback() {
        return None;
    }
    Some(match address.is_unspecified() {
        true => "listening on every address of this machine: whoever reaches one of them".to_owned(),
        false => format!("whoever reaches {address}"),
    })
}

fn outcome(url: String, model: &str, served: Served) -> Outcome {
    let Served { answered, refused, texts, cut } = served;
    let mut text = format!("{texts} texts in {answered} requests; {refused} refused\n");
    if cut > 0 {
        text.push_str(&format!("{cut} connections were cut off: they took too long\n"));
    }
    Outcome::ok(text, &ServeDocument { url, model: model.to_owned(), answered, refused, texts, cut })
}
