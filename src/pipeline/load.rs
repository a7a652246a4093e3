//! Load: brings the run's tables into the warehouse and checks that nothing was lost on the way.

use crate::config::settings::Privacy;
use crate::error::{Error, Result};
use crate::journal::resume::Progress;
use crate::pipeline::context::{Context, transform_counts};
use crate::pipeline::port::Warehouse;

/// Loads both tables of `model`. Gives the rows loaded: (tweets, windows).
pub async fn load(context: &Context, warehouse: &dyn Warehouse, model: &str) -> Result<(u64, u64)> {
    let aggregate = context.manifest.settings.privacy == Privacy::Aggregate;
    let run_id = &context.manifest.run_id;
    let loaded = warehouse.load(run_id, model, !aggregate, context.events.as_ref()).await?;
    let progress = Progress::of(&context.journal.read()?);
    if let Some(counts) = transform_counts(&progress, model) {
        let expected = (if aggregate { 0 } else { counts.tweets }, counts.windows);
        if loaded != expected {
            return Err(Error::failed(format!(
                "the warehouse has {} posts in {} windows of this run, and transform wrote {} in {}",
                loaded.0, loaded.1, expected.0, expected.1
            ))
            .hint("run it again with --from-stage transform"));
        }
    }
    if aggregate {
        // Load is the last that needs the posts one by one; nothing of them stays in the tables.
        context.store.delete_prefix(&context.layout.table(model, "tweet")).await?;
    }
    Ok(loaded)
}
