//! `init`: a commented app.yaml. Asks nothing, overwrites nothing.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde::Serialize;

use crate::cli::document::Outcome;
use crate::config::template;
use crate::error::{Error, Result};

#[derive(Debug, ClapArgs)]
pub struct Args {
    /// Folder to write it into
    #[arg(value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
}

#[derive(Serialize)]
struct Document {
    path: String,
}

pub fn run(args: &Args) -> Outcome {
    match write(args) {
        Ok(path) => {
            let path = path.display().to_string();
            let text = format!("wrote {path}\nNext: edit it, then run `sentistack pipeline run`.\n");
            Outcome::ok(text, &Document { path })
        }
        Err(error) => error.into(),
    }
}

fn write(args: &Args) -> Result<PathBuf> {
    std::fs::create_dir_all(&args.dir).map_err(|e| Error::io("create", args.dir.display(), &e))?;
    let path = args.dir.join("app.yaml");
    let mut file = File::options().write(true).create_new(true).open(&path).map_err(|e| {
        if e.kind() == std::io::ErrorKind::AlreadyExists {
            return Error::usage(format!("{} exists already", path.display()))
                .hint("it is left as it is; move it away, or choose another folder")
                .resource(path.display());
        }
        Error::io("write", path.display(), &e)
    })?;
    file.write_all(template::app_yaml().as_bytes()).map_err(|e| Error::io("write", path.display(), &e))?;
    Ok(std::path::absolute(&path).unwrap_or(path))
}
