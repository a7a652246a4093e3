//! The queries behind the pictures, shared by Grafana and the local page: one file for each panel in `grafana/panels/`,
//! and what their macros and variables become. Pure: who runs them, and on what, is not known here.
//!
//! They keep to what Redshift, PostgreSQL and SQLite say alike: `CAST`, `COALESCE`, `NULLIF`, `CASE`, `SUM`, `COUNT`,
//! `MIN`, `MAX`, `SQRT`, `||`, `WITH`, `GROUP BY`, `HAVING`, `ORDER BY`, `LIMIT`; times only by macros. Whatever spans
//! several windows comes from counts and sums.

pub mod dashboard;
mod expand;
mod list;

pub use expand::{Choice, Dialect, Filters, Span, expand};
pub use list::{Kind, Panel, Variable, all, panel, variables};
