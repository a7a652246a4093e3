//! Measures the embedded engine stage by stage: `tables generate ROOT POSTS`, then `tables transform|load|texts|windows ROOT`
//! under `/usr/bin/time -v`. The reference engine runs over the same `ROOT/runs/bench`.

#[path = "../benches/posts/mod.rs"]
mod posts;

use std::path::Path;

use sentistack::error::Result;
use sentistack::layout::WAREHOUSE;
use sentistack::local::{EmbeddedTransform, LocalTables, SqliteWarehouse};
use sentistack::pipeline::event::Silent;
use sentistack::pipeline::port::{Tables, Transform, Unsubmitted, Warehouse};

#[tokio::main]
#[allow(clippy::print_stdout, reason = "a program for developers")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["generate", root, count] => {
            let request = posts::generate(Path::new(root), count.parse()?)?;
            println!("{} windows", request.windows.len());
        }
        ["transform", root] => {
            let request = posts::reopen(Path::new(root))?;
            let counts = EmbeddedTransform::new(root).transform(&request, &Unsubmitted, &Silent).await?;
            println!("{} posts, {} windows", counts.tweets, counts.windows);
        }
        ["load", root] => {
            let warehouse = SqliteWarehouse::open(Path::new(root).join(WAREHOUSE));
            println!("{:?}", warehouse.load(posts::RUN, posts::MODEL, true, &Silent).await?);
        }
        ["texts", root] => {
            let (texts, total) = LocalTables::new(root).texts(posts::RUN, posts::MODEL, 20_000).await?;
            println!("{} of {total}", texts.len());
        }
        ["windows", root] => {
            println!("{}", LocalTables::new(root).windows(posts::RUN, posts::MODEL).await?.len());
        }
        _ => println!("generate ROOT POSTS | transform ROOT | load ROOT | texts ROOT | windows ROOT"),
    }
    Ok(())
}
