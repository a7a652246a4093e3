//! What the Data API says when a batch fails, read: which step it was, why, and whether trying again can help.

/// Why a batch failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The step, from 1, if the message tells.
    pub step: Option<usize>,
    /// The cause in one line.
    pub cause: String,
    /// Another load was in the way, or the service was: the same batch may do next time.
    pub passing: bool,
    /// The lines that were refused are in `sys_load_error_detail`: see [`super::batch::load_errors`].
    pub has_details: bool,
}

/// What passes by itself, as messages of Redshift tell it.
const PASSING: &[&str] = &[
    "Serializable isolation violation",
    "could not serialize access",
    "deadlock detected",
    "conflict with concurrent transaction",
    "SlowDown",
    "Status 503",
    "Status 500",
    "Connection reset",
    "connection was closed",
    "is restarting",
    "is not available",
    "Query timed out",
    "out of WLM slots",
];

/// Reads the error of DescribeStatement, of a batch or of one of its statements.
pub fn read(error: &str) -> Reason {
    let (step, text) = numbered(error.trim());
    let text = without_id(text.trim().trim_start_matches("ERROR:").trim());
    let message = text.lines().next().unwrap_or_default().trim();
    let context = text.lines().find_map(|line| line.trim().strip_prefix("context:")).map(str::trim);
    let detail = text.split_once("Detail:").map(|(_, rest)| rest.trim());
    let cause = match (context, detail) {
        // Of the nodes' own block only the context tells something.
        (Some(context), _) if !context.is_empty() && context != message => format!("{message}: {context}"),
        (None, Some(detail)) if !detail.is_empty() && !detail.starts_with("---") => {
            format!("{message}: {}", detail.lines().next().unwrap_or_default().trim())
        }
        _ => message.to_owned(),
    };
    Reason {
        step,
        passing: PASSING.iter().any(|word| text.contains(word)),
        has_details: text.contains("sys_load_error_detail") || text.contains("stl_load_errors"),
        cause,
    }
}

/// Splits off `Query #3 failed with`.
fn numbered(error: &str) -> (Option<usize>, &str) {
    let found = error.strip_prefix("Query #").and_then(|rest| {
        let (number, text) = rest.split_once(" failed with ")?;
        Some((number.parse().ok()?, text))
    });
    found.map_or((None, error), |(number, text)| (Some(number), text))
}

/// Without `[ErrorId: …]`, which only AWS can look up.
fn without_id(text: &str) -> &str {
    text.rsplit_once("[ErrorId:").map_or(text, |(before, _)| before).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(step: Option<usize>, cause: &str, passing: bool, has_details: bool) -> Reason {
        Reason { step, cause: cause.to_owned(), passing, has_details }
    }

    #[test]
    fn the_context_is_what_tells() {
        let scan = "Query #3 failed with ERROR: Spectrum Scan Error\n  Detail: \n  -----\n  error:  Spectrum Scan Error\n  \
                    code:      15007\n  context:   The length of the data column text is longer than the length defined \
                    in the table. Table: 65535, Data: 65540, File name: s3://b/k\n  query:     1\n  -----\n \
                    [ErrorId: 1-68f7ff75-672e]";
        let cause = "Spectrum Scan Error: The length of the data column text is longer than the length defined in the \
                     table. Table: 65535, Data: 65540, File name: s3://b/k";
        assert_eq!(read(scan), reason(Some(3), cause, false, false));
    }

    #[test]
    fn plain_messages_stay() {
        assert_eq!(
            read("ERROR: relation \"tweet\" does not exist [ErrorId: 1-5f]"),
            reason(None, "relation \"tweet\" does not exist", false, false)
        );
        assert_eq!(read(""), reason(None, "", false, false));
        assert_eq!(read("Query #x failed with y"), reason(None, "Query #x failed with y", false, false));
    }

    #[test]
    fn what_passes_and_what_has_details() {
        let conflict = read("ERROR: 1023\n  Detail: Serializable isolation violation on table - 1");
        assert_eq!(
            conflict,
            reason(None, "1023: Serializable isolation violation on table - 1", true, false)
        );
        let load = read(
            "Query #4 failed with ERROR: Load into table 'stage_tweet' failed.  Check 'sys_load_error_detail' system \
             table for details.",
        );
        assert!(load.has_details && !load.passing && load.step == Some(4));
    }
}
