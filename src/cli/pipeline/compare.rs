//! `pipeline compare`: two models over the posts of one run.

use std::fmt::Write as _;

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::Global;
use crate::cli::document::Outcome;
use crate::cli::pipeline::flags::Root;
use crate::cli::pipeline::open;
use crate::error::{Error, Result};
use crate::journal::resume::Progress;
use crate::layout::RunLayout;
use crate::model::Label;
use crate::pipeline::compare::{self, Comparison, Example};
use crate::pipeline::event::Stage;
use crate::ui::Printer;
use crate::ui::format::{percent, plural};

#[derive(Debug, ClapArgs)]
pub struct Args {
    /// Run id [default: the newest run]
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
    /// The two models [default: the two that scored the run]
    #[arg(long, value_name = "MODEL", value_delimiter = ',', num_args = 1..=2)]
    pub models: Vec<String>,
    #[command(flatten)]
    pub root: Root,
}

/// What `pipeline compare` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CompareDocument {
    pub run_id: String,
    /// The two models, first and second.
    pub models: [String; 2],
    /// Posts that both scored.
    pub posts: u64,
    /// Share of posts with the same label.
    pub agreement: Option<f64>,
    /// Cohen's kappa.
    pub kappa: Option<f64>,
    /// Labels in the order of the confusion's rows (first model) and columns (second).
    pub labels: [String; 4],
    pub confusion: [[u64; 4]; 4],
    /// Posts on which they differ most.
    pub examples: Vec<Example>,
}

pub fn run(args: &Args, global: &Global, printer: Printer) -> Result<Outcome> {
    let place = open::place(&args.root, global, printer)?;
    let run_id = place.choose(args.run.as_deref())?;
    place.manifest(&run_id)?;
    let layout = RunLayout::new(&run_id);
    let progress = Progress::of(&place.records(&run_id)?);
    let scored: Vec<String> = progress
        .models
        .iter()
        .filter(|(_, model)| model.done.contains(&Stage::Score))
        .map(|(name, _)| name.clone())
        .collect();
    let models = pair(&args.models, &scored, &run_id)?;
    let store = place.store.as_ref();
    let made = place.wait(compare::compare(store, &layout, &models[0], &models[1]))?;
    let text = text(&models, &made);
    let document = CompareDocument {
        run_id,
        models,
        posts: made.posts,
        agreement: made.agreement(),
        kappa: made.kappa(),
        labels: Label::ALL.map(|label| label.as_str().to_owned()),
        confusion: made.confusion,
        examples: made.examples,
    };
    Ok(Outcome::ok(text, &document))
}

/// Which two models are meant.
fn pair(named: &[String], scored: &[String], run_id: &str) -> Result<[String; 2]> {
    let hint = format!("score it with another: sentistack pipeline score {run_id} --model vader");
    for name in named {
        if !scored.contains(name) {
            let known = scored.join(", ");
            return Err(
                Error::usage(format!("the model {name} has not scored run {run_id}; {known} has")).hint(hint)
            );
        }
    }
    match (named, scored) {
        ([a, b], _) | ([], [a, b]) => Ok([a.clone(), b.clone()]),
        ([a], _) => match scored.iter().filter(|name| *name != a).collect::<Vec<_>>()[..] {
            [b] => Ok([a.clone(), b.clone()]),
            _ => Err(Error::usage("name two models: --models A,B").hint(hint)),
        },
        ([], [] | [_]) => {
            Err(Error::usage(format!("run {run_id} was scored by fewer than two models")).hint(hint))
        }
        _ => Err(Error::usage(format!("run {run_id} was scored by {}: name two", scored.join(", ")))
            .hint("--models A,B")),
    }
}

fn text(models: &[String; 2], made: &Comparison) -> String {
    let mut out = String::new();
    let [first, second] = models;
    let number = |value: Option<f64>, show: fn(f64) -> String| value.map_or("–".to_owned(), show);
    let _ = writeln!(out, "{first} beside {second}, {}", plural(made.posts, "post", "posts"));
    let _ = writeln!(out, "  agreement {}", number(made.agreement(), percent));
    let _ = writeln!(out, "  kappa     {}\n", number(made.kappa(), |k| format!("{k:.3}")));
    let _ = writeln!(out, "  {:<22} {second}", "");
    let _ = write!(out, "  {first:<22}");
    for label in Label::ALL {
        let _ = write!(out, " {:>9}", label.as_str());
    }
    out.push('\n');
    for label in Label::ALL {
        let _ = write!(out, "  {:<22}", label.as_str());
        for n in made.confusion[label.index()] {
            let _ = write!(out, " {n:>9}");
        }
        out.push('\n');
    }
    if !made.examples.is_empty() {
        let _ = writeln!(out, "\n  where they differ most");
    }
    for example in &made.examples {
        let shown: String =
            example.text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(70).collect();
        let _ = writeln!(out, "  {:>8} / {:<8} {shown}", example.first, example.second);
    }
    out
}
