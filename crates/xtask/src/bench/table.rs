//! Markdown tables and the figures in them.

use std::fmt::Write as _;

/// A table: its head, then rows. The first column is text, the others are figures.
pub struct Table {
    title: String,
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(title: impl Into<String>, head: &[&str]) -> Self {
        Self {
            title: title.into(),
            head: head.iter().map(|&cell| cell.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    pub fn row<C: Into<String>>(&mut self, cells: impl IntoIterator<Item = C>) {
        let mut cells: Vec<String> = cells.into_iter().map(Into::into).collect();
        cells.resize(self.head.len(), String::new());
        self.rows.push(cells);
    }

    pub fn markdown(&self) -> String {
        let mut text = format!("**{}**\n", self.title);
        let mut line = |cells: &[String]| {
            let _ = write!(text, "\n| {} |", cells.join(" | "));
        };
        line(&self.head);
        let rule: Vec<String> =
            (0..self.head.len()).map(|at| if at == 0 { "---" } else { "---:" }.to_owned()).collect();
        line(&rule);
        for row in &self.rows {
            line(row);
        }
        text
    }
}

/// 1,234,567.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Seconds, with as many digits as mean something.
pub fn seconds(value: f64) -> String {
    if value < 10.0 { format!("{value:.2}") } else { format!("{value:.1}") }
}

/// Bytes in millions.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.0}", bytes as f64 / 1e6)
}

/// How many times `ours` goes into `theirs`.
pub fn times(theirs: f64, ours: f64) -> String {
    if ours <= 0.0 { "-".to_owned() } else { format!("{:.2} ×", theirs / ours) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_markdown() {
        let mut table = Table::new("Title", &["who", "s"]);
        table.row(["we", "1.00"]);
        table.row(["they"]);
        assert_eq!(table.markdown(), "**Title**\n\n| who | s |\n| --- | ---: |\n| we | 1.00 |\n| they |  |");
    }

    #[test]
    fn figures_read_well() {
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(100_000), "100,000");
        assert_eq!(seconds(1.234), "1.23");
        assert_eq!(seconds(12.34), "12.3");
        assert_eq!(megabytes(12_600_000), "13");
        assert_eq!(times(9.0, 2.0), "4.50 ×");
        assert_eq!(times(1.0, 0.0), "-");
    }
}
