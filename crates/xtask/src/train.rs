//! `cargo xtask train`: trains the weights that ship with the tool and says whether they are those in the
//! tree. The recipe is the library's; here its files are found and read.

use std::path::{Path, PathBuf};

use sentistack_sentiment::{Example, Label, recipe};

use crate::error::{Error, Result};
use crate::labelled;
use crate::workspace::Workspace;

const SHARED: &str = "data/labelled";
const WEIGHTS: &str = "crates/sentiment/weights/embedded.bin";

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Replace the weights in the tree
    #[arg(long)]
    write: bool,
    /// Folder of the labelled sets [default: ../shared/data/labelled]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

pub fn run(args: &Args) -> Result<()> {
    let workspace = Workspace::find()?;
    let folder = match (&args.data, &workspace.shared) {
        (Some(folder), _) => folder.clone(),
        (None, Some(shared)) => shared.join(SHARED),
        (None, None) => {
            return Err(Error::new(
                "the labelled sets are not part of the project, and ../shared is not there",
            )
            .hint(format!(
                "name a folder that holds the sets {}: --data DIR",
                recipe::DATA_SETS.join(" and ")
            )));
        }
    };
    let (learn, calibrate) = examples(&folder)?;
    println!("training on {} posts, calibrating on {}", learn.len(), calibrate.len());
    let started = std::time::Instant::now();
    let model = sentistack_sentiment::train(&learn, &calibrate, &recipe::shipped_options())
        .map_err(|e| Error::new(format!("nothing was trained: {e}")))?;
    let bytes = model.to_bytes();
    println!("trained in {:.1} s: {} bytes", started.elapsed().as_secs_f64(), bytes.len());
    compare(&workspace.root.join(WEIGHTS), &bytes, args.write)
}

/// What is learnt from and what is calibrated on, as the recipe says.
fn examples(folder: &Path) -> Result<(Vec<Example>, Vec<Example>)> {
    let mut learn = Vec::new();
    let mut held_out = Vec::new();
    for set in recipe::DATA_SETS {
        let path = folder.join(format!("{set}.jsonl.gz"));
        let mut calibrate = Vec::new();
        for (at, line) in labelled::read(&path)?.into_iter().enumerate() {
            let to = match line.split.as_deref() {
                Some("train") => &mut learn,
                Some("val") => &mut calibrate,
                _ => continue,
            };
            let label = label(line.label.as_deref())
                .ok_or_else(|| Error::new(format!("{}, post {}: no label", path.display(), at + 1)))?;
            to.push(Example { text: line.text, label, weight: 1.0 });
        }
        held_out.push(calibrate);
    }
    let sizes: Vec<usize> = held_out.iter().map(Vec::len).collect();
    if let ([tweeteval, tse], [_, second]) = (sizes.as_slice(), held_out.as_mut_slice()) {
        let weight = recipe::tse_calibration_weight(*tweeteval, *tse);
        second.iter_mut().for_each(|example| example.weight = weight);
    }
    Ok((learn, held_out.into_iter().flatten().collect()))
}

fn label(name: Option<&str>) -> Option<Label> {
    Label::ALL.into_iter().find(|label| Some(label.as_str()) == name)
}

fn compare(path: &Path, bytes: &[u8], write: bool) -> Result<()> {
    let old = std::fs::read(path).map_err(|e| Error::io("read", path, &e))?;
    if old == bytes {
        println!("equal: the weights in the tree are those that training gives");
        return Ok(());
    }
    let differing = old.iter().zip(bytes).filter(|(old, new)| old != new).count();
    println!("different: {} bytes in the tree; {differing} bytes differ in what both have", old.len());
    if !write {
        return Err(Error::new("the weights in the tree are not those that training gives")
            .hint("replace them with: cargo xtask train --write"));
    }
    std::fs::write(path, bytes).map_err(|e| Error::io("write", path, &e))?;
    println!("written: {}", path.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_replaced_only_when_asked() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("weights.bin");
        std::fs::write(&path, b"old").unwrap();
        assert!(compare(&path, b"old", false).is_ok());
        assert!(compare(&path, b"new", false).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert!(compare(&path, b"new", true).is_ok());
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn labels_have_the_names_of_the_data() {
        assert_eq!(label(Some("neutral")), Some(Label::Neutral));
        assert_eq!(label(Some("NEUTRAL")), None);
        assert_eq!(label(None), None);
    }
}
