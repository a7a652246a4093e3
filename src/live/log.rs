//! A line of a log group of the live path, as somebody wants to read it. Pure.

use serde_json::Value;

/// A line, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// `ERROR`, `WARN`, `INFO`; `platform` for Lambda's own; empty where the line does not say.
    pub level: String,
    pub text: String,
}

/// What a line says: the function's and Lambda's are JSON, Firehose's are, too, and others are taken as they are.
pub fn tell(line: &str) -> Told {
    let line = line.trim();
    let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(line) else {
        return Told { level: String::new(), text: line.to_owned() };
    };
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    if let Some(kind) = fields.get("type").and_then(Value::as_str).filter(|kind| kind.starts_with("platform"))
    {
        return Told { level: "platform".to_owned(), text: platform(kind, fields.get("record")) };
    }
    // Firehose: errorCode and errorMessage.
    let message = [text("message"), text("errorMessage")].into_iter().find(|text| !text.is_empty());
    let Some(message) = message else {
        return Told { level: text("level").to_owned(), text: line.to_owned() };
    };
    let mut said = message.to_owned();
    for (name, value) in &fields {
        if !matches!(name.as_str(), "message" | "errorMessage" | "level" | "timestamp") {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            said.push_str(&format!("  {name}={value}"));
        }
    }
    let level = match text("level") {
        "" if !text("errorCode").is_empty() => "ERROR",
        level => level,
    };
    Told { level: level.to_owned(), text: said }
}

/// Lambda's own lines: of a report what it took and used, of others their name.
fn platform(kind: &str, record: Option<&Value>) -> String {
    let metric = |name: &str| record?.get("metrics")?.get(name)?.as_f64();
    let mut said = kind.trim_start_matches("platform.").to_owned();
    for (name, what, unit) in [
        ("initDurationMs", "start", "ms"),
        ("durationMs", "took", "ms"),
        ("billedDurationMs", "billed", "ms"),
        ("maxMemoryUsedMB", "used", "MB"),
    ] {
        if let Some(value) = metric(name) {
            said.push_str(&format!("  {what} {value} {unit}"));
        }
    }
    if let Some(status) = record.and_then(|record| record.get("status")).and_then(Value::as_str)
        && status != "success"
    {
        said.push_str(&format!("  {status}"));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_by_who_wrote_them() {
        let ours = r#"{"level":"WARN","timestamp":"2026-11-22T10:00:00Z","message":"the endpoint does not score","attempts":3,"cause":"timed out"}"#;
        let report = r#"{"time":"2026-11-22T10:00:00Z","type":"platform.report","record":{"requestId":"r","status":"timeout","metrics":{"durationMs":3.1,"billedDurationMs":4,"maxMemoryUsedMB":18}}}"#;
        let firehose =
            r#"{"deliveryStreamARN":"a","errorCode":"S3.AccessDenied","errorMessage":"Access was denied."}"#;
        for (line, level, text) in [
            (ours, "WARN", "the endpoint does not score  attempts=3  cause=timed out"),
            (report, "platform", "report  took 3.1 ms  billed 4 ms  used 18 MB  timeout"),
            (firehose, "ERROR", "Access was denied.  deliveryStreamARN=a  errorCode=S3.AccessDenied"),
            ("START RequestId: r\n", "", "START RequestId: r"),
            ("[1]", "", "[1]"),
            (r#"{"a":1}"#, "", r#"{"a":1}"#),
        ] {
            assert_eq!(tell(line), Told { level: level.to_owned(), text: text.to_owned() });
        }
    }
}
