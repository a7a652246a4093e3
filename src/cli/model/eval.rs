//! `model eval`: figures of a model, or of training itself by folds.

use std::fmt::Write as _;
use std::path::Path;

use sentistack_sentiment::{Evaluation, Example, TrainOptions, cross_validate, evaluate};

use crate::cli::document::Outcome;
use crate::cli::model::data::{self, Labelled};
use crate::cli::model::{EvalArgs, EvalDocument, EvalRow};
use crate::error::{Error, Result};
use crate::local::model;
use crate::ui::Printer;

pub fn run(args: &EvalArgs, printer: Printer) -> Result<Outcome> {
    let mut document = EvalDocument::default();
    let scorer = match args.folds {
        Some(_) => None,
        None => Some(model::scorer(&args.model)?),
    };
    document.model = scorer.map_or_else(|| "trained by folds".to_owned(), |s| s.name().to_owned());
    for path in &args.data {
        let rows = data::read(path)?;
        let (split, figures) = match (args.folds, scorer) {
            (Some(folds), _) => {
                let examples: Vec<Example> = rows.into_iter().map(|row| row.example).collect();
                (format!("{folds} folds"), by_folds(&examples, folds as usize, args.seed, printer)?)
            }
            (None, Some(scorer)) => {
                let (split, examples) = choose(rows, args.split.as_deref(), path)?;
                (split, evaluate(scorer, &examples, args.seed))
            }
            (None, None) => return Err(Error::failed("neither folds nor a model were given")),
        };
        document.results.push(row(path, split, figures));
    }
    Ok(Outcome::ok(table(&document), &document))
}

/// The split asked for, else `test`, else everything.
fn choose(rows: Vec<Labelled>, asked: Option<&str>, path: &Path) -> Result<(String, Vec<Example>)> {
    let has_test = rows.iter().any(|row| row.split.as_deref() == Some("test"));
    let wanted = match asked {
        Some("all") => None,
        Some(split) => Some(split),
        None => has_test.then_some("test"),
    };
    let Some(split) = wanted else {
        return Ok(("all".to_owned(), rows.into_iter().map(|row| row.example).collect()));
    };
    let of_split = rows.into_iter().filter(|row| row.split.as_deref() == Some(split));
    let examples: Vec<Example> = of_split.map(|row| row.example).collect();
    if examples.is_empty() {
        return Err(Error::input(format!("{} has no posts with split={split}", path.display()))
            .hint("use --split all for every post")
            .resource(path.display()));
    }
    Ok((split.to_owned(), examples))
}

/// Trains on all folds but one and measures on that one, in turn; the figures are those of all together.
fn by_folds(examples: &[Example], folds: usize, seed: u64, printer: Printer) -> Result<Evaluation> {
    let measured = cross_validate(examples, folds, seed, &TrainOptions::default())
        .map_err(|e| Error::input("no model can be trained on this").because(e))?;
    for (i, fold) in measured.folds.iter().enumerate() {
        printer.note(&format!("fold {} of {folds}: accuracy {:.3}", i + 1, fold.accuracy));
    }
    Ok(measured.pooled)
}

fn row(path: &Path, split: String, of: Evaluation) -> EvalRow {
    EvalRow {
        file: data::short(path),
        split,
        n: of.n,
        accuracy: of.accuracy,
        macro_f1: of.macro_f1,
        macro_recall: of.macro_recall,
        ece: of.ece,
        share_error: of.share_error,
        share_coverage: of.share_coverage,
        natural_share_error: of.natural_share_error,
        natural_share_coverage: of.natural_share_coverage,
        confusion: of.confusion,
    }
}

fn table(document: &EvalDocument) -> String {
    let mut out = format!("model {}\n\n", document.model);
    let _ = writeln!(
        out,
        "{:<28} {:>8} {:>7} {:>8} {:>6} {:>6} {:>6} {:>14} {:>10}",
        "file", "split", "posts", "accuracy", "F1", "recall", "ECE", "shares, varied", "as it is"
    );
    for r in &document.results {
        let _ = writeln!(
            out,
            "{:<28} {:>8} {:>7} {:>8.3} {:>6.3} {:>6.3} {:>6.3} {:>14.3} {:>10.3}",
            r.file,
            r.split,
            r.n,
            r.accuracy,
            r.macro_f1,
            r.macro_recall,
            r.ece,
            r.share_error,
            r.natural_share_error
        );
    }
    out.push_str(
        "\nF1 and recall are macro averages. Shares: mean absolute error of the three shares over bags of 100\n\
         posts; varied: true shares drawn uniformly over all divisions, the hardest case; as it is: posts drawn\n\
         from the file as it is.\n",
    );
    out
}
