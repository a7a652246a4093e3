//! One read-only statement, for people. Nothing it is given can change the warehouse or reach another file.

use std::path::Path;

use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::functions::FunctionFlags;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::types::ValueRef;
use rusqlite::{Batch, Connection, ErrorCode, InterruptHandle, OpenFlags};
use serde_json::Value;

use super::errors::sqlite_error;
use super::{BUSY_MS, schema};
use crate::error::{Error, Result};
use crate::limits::QUERY_ROWS;
use crate::pipeline::port::QueryRows;

/// Pragmas that only tell about tables.
const PRAGMAS: [&str; 5] = ["table_info", "table_xinfo", "table_list", "index_list", "index_info"];

/// Stops the statement when nobody waits for it any more.
struct StopOnDrop(InterruptHandle);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.interrupt();
    }
}

pub(super) async fn run(path: &Path, run: Option<&str>, sql: &str) -> Result<QueryRows> {
    let connection = connect(path, run, Tweets::All)?;
    answer(connection, path, sql).await
}

/// The answer to a statement that gives the `rows` tweets whose label the model is surest of. Of a million tweets there
/// are always so many that it is very sure of, so those alone are asked first; the rest only if they are too few.
pub(super) async fn surest(path: &Path, run: Option<&str>, sql: &str, rows: usize) -> Result<QueryRows> {
    let all = connect(path, run, Tweets::All)?;
    if schema::knows_sure(&all).map_err(|e| sqlite_error(path, e))? {
        let found = answer(connect(path, run, Tweets::Sure)?, path, sql).await?;
        if found.rows.len() >= rows {
            return Ok(found);
        }
    }
    answer(all, path, sql).await
}

async fn answer(connection: Connection, path: &Path, sql: &str) -> Result<QueryRows> {
    let _stop = StopOnDrop(connection.get_interrupt_handle());
    let (path, sql) = (path.to_owned(), sql.to_owned());
    tokio::task::spawn_blocking(move || select(&connection, &path, &sql))
        .await
        .map_err(|e| Error::failed("the query did not end").because(e))?
}

/// Which rows of `tweet` a statement sees.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tweets {
    All,
    /// Those that are sure.
    Sure,
}

fn connect(path: &Path, run: Option<&str>, tweets: Tweets) -> Result<Connection> {
    if !path.exists() {
        return Err(Error::input(format!("there is no warehouse at {} yet", path.display()))
            .hint("load a run first: `sentistack pipeline run`")
            .resource(path.display()));
    }
    let failed = |e| sqlite_error(path, e);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(std::time::Duration::from_millis(BUSY_MS)).map_err(failed)?;
    if schema::version(&connection, path)? == 0 {
        return Err(Error::input(format!("{} is not a warehouse of this tool", path.display()))
            .hint("load a run first: `sentistack pipeline run`")
            .resource(path.display()));
    }
    show_only(&connection, run, tweets).map_err(failed)?;
    schema::stand_in(&connection).map_err(failed)?;
    add_sqrt(&connection).map_err(failed)?;
    connection.execute_batch("PRAGMA query_only = ON").map_err(failed)?;
    connection.authorizer(Some(allow)).map_err(failed)?;
    Ok(connection)
}

/// Hides the rows that are not asked for: a temporary view goes before a table of the same name.
fn show_only(connection: &Connection, run: Option<&str>, tweets: Tweets) -> rusqlite::Result<()> {
    let run = run.map(|run| format!("run_id = '{}'", run.replace('\'', "''")));
    for table in schema::shown(connection)? {
        let sure = (tweets == Tweets::Sure && table == "tweet").then_some(schema::SURE);
        let conditions: Vec<&str> = run.as_deref().into_iter().chain(sure).collect();
        if !conditions.is_empty() {
            let conditions = conditions.join(" AND ");
            connection.execute_batch(&format!(
                "CREATE TEMP VIEW {table} AS SELECT * FROM main.{table} WHERE {conditions}"
            ))?;
        }
    }
    Ok(())
}

/// SQLite is built without its mathematics, and a Wilson interval needs a root. Null of what is negative, as SQLite's own.
fn add_sqrt(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("sqrt", 1, flags, |context| {
        let number: Option<f64> = match context.get_raw(0) {
            ValueRef::Integer(value) => Some(value as f64),
            ValueRef::Real(value) => Some(value),
            ValueRef::Null | ValueRef::Text(_) | ValueRef::Blob(_) => None,
        };
        Ok(number.map(f64::sqrt).filter(|root| !root.is_nan()))
    })
}

fn allow(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => Authorization::Allow,
        AuthAction::Function { function_name } if function_name != "load_extension" => Authorization::Allow,
        AuthAction::Pragma { pragma_name, .. } if PRAGMAS.contains(&pragma_name) => Authorization::Allow,
        // Everything else writes, attaches another file or changes a setting. The list is SQLite's, not ours.
        _ => Authorization::Deny,
    }
}

fn select(connection: &Connection, path: &Path, sql: &str) -> Result<QueryRows> {
    let failed = |e| query_error(path, e);
    let mut statements = Batch::new(connection, sql);
    let Some(mut statement) = statements.next().map_err(failed)? else {
        return Err(Error::input("there is no query").hint("give one SELECT statement"));
    };
    // Whatever follows is refused, be it allowed or not.
    if !matches!(statements.next(), Ok(None)) {
        return Err(Error::input("one statement at a time")
            .hint("give a single SELECT, without another after the `;`"));
    }
    if !statement.readonly() {
        return Err(not_read_only());
    }
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    if statement.parameter_count() > 0 {
        return Err(Error::input(
            "the query has parameters (`?`, `:name`), and there is nothing to fill them with",
        )
        .hint("write the values into the query"));
    }
    let mut found = QueryRows { columns, rows: Vec::new() };
    let mut rows = statement.query([]).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        if found.rows.len() >= QUERY_ROWS {
            return Err(Error::input(format!("the query gives more than {QUERY_ROWS} rows"))
                .hint("add LIMIT, or aggregate"));
        }
        let cells = (0..found.columns.len()).map(|at| row.get_ref(at).map(json)).collect::<Result<_, _>>();
        found.rows.push(cells.map_err(failed)?);
    }
    Ok(found)
}

fn json(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => value.into(),
        // Infinity is the one REAL that JSON cannot say.
        ValueRef::Real(value) => serde_json::Number::from_f64(value).map_or(Value::Null, Value::Number),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
        ValueRef::Blob(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into(),
    }
}

fn not_read_only() -> Error {
    Error::input("only reading is allowed here")
        .hint("give a SELECT statement; the tables are filled by `pipeline run`")
}

fn query_error(path: &Path, error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::AuthorizationForStatementDenied | ErrorCode::ReadOnly) => {
            not_read_only().because(&error)
        }
        // SQLITE_ERROR is what a wrong query gives.
        Some(ErrorCode::Unknown) | None => {
            let message = message(&error);
            let unknown = message.contains("no such table") || message.contains("no such column");
            let error = Error::input(format!("SQL: {message}"));
            if unknown { error.hint(schema::summary()) } else { error }
        }
        Some(ErrorCode::TooBig | ErrorCode::TypeMismatch | ErrorCode::OperationInterrupted) => {
            Error::input(format!("SQL: {}", message(&error)))
        }
        Some(_) => sqlite_error(path, error),
    }
}

/// SQLite's own words.
fn message(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    }
}
