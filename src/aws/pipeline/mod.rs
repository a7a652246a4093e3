//! The pipeline's ports on AWS: S3 for objects, the journal and the lock, Kinesis, Comprehend, Spark on EMR,
//! Redshift. They know no engine and no command.

pub mod comprehend;
pub mod emr;
pub mod emr_serverless;
pub mod journal;
pub mod kinesis;
pub mod lease;
pub mod redshift;
mod secrets;
mod spark;
pub mod store;

pub use journal::BucketJournal;
pub use lease::Lease;
pub use store::BucketStore;
