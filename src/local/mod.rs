//! Backends on this machine: files, an in-process stream, the embedded transform, SQLite as the warehouse.
//! They implement the pipeline's ports; they know nothing of commands, printing, sources or engines.

mod csv_tables;
#[cfg(feature = "stack")]
pub mod delivery;
pub mod files;
pub mod journal;
pub mod keys;
pub mod lock;
#[cfg(feature = "aws")]
pub mod mirror;
pub mod model;
mod parquet_read;
mod parquet_write;
mod rows;
mod schema;
pub mod stream;
mod table_files;
pub mod tables;
pub mod transform;
pub mod warehouse;

#[cfg(test)]
mod contract_tests;
#[cfg(test)]
mod panels_tests;
#[cfg(test)]
mod testing;

pub use files::Files;
pub use journal::FileJournal;
pub use stream::MemoryStream;
pub use tables::LocalTables;
pub use transform::EmbeddedTransform;
pub use warehouse::SqliteWarehouse;
