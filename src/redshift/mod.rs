//! What Redshift is asked, as text: batches of statements for its Data API, the manifests that COPY reads, and what
//! its errors mean. Pure: who sends them, and how, is not known here.

pub mod batch;
pub mod guard;
pub mod manifest;
pub mod reason;
mod sql;

/// Version of the schema in Redshift: of tables and columns. A tool that knows less refuses to write.
pub const SCHEMA_VERSION: u32 = 2;

/// The database that the stack makes.
pub const DATABASE: &str = "sentistack";

/// The user of the dashboards on a cluster. It may read, and signs in with temporary credentials alone.
pub const READER: &str = "grafana_ro";

/// The same on Redshift Serverless, where a user is the role that signs in.
pub fn serverless_reader(role: &str) -> String {
    format!("IAMR:{role}")
}
