//! Dollars as people read them. Amounts that a limit is held against are rounded up.

/// Hours that a month is taken to have. AWS bills by the real month; the shortest usual one makes the dearest hour.
pub const HOURS_PER_MONTH: f64 = 720.0;

/// Less than this is dust of floating point, not money.
const DUST: f64 = 1e-9;

/// Rounded up to the next cent.
pub fn cents_up(usd: f64) -> f64 {
    (usd * 100.0 - DUST).ceil() / 100.0
}

/// `$10.37`, rounded up to the cent; `$1,234.50`.
pub fn dollars(usd: f64) -> String {
    let cents = (cents_up(usd.abs()) * 100.0).round() as u64;
    let whole = grouped(cents / 100);
    format!("{}${whole}.{:02}", if usd < 0.0 { "-" } else { "" }, cents % 100)
}

/// `33,000`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `$0.4321/h`, rounded up to a hundredth of a cent.
pub fn hourly(usd: f64) -> String {
    // Adding zero turns the minus zero, which rounding nothing up gives, into zero.
    format!("${:.4}/h", (usd * 10_000.0 - DUST).ceil() / 10_000.0 + 0.0)
}

/// The price of one unit with as many digits as it has: `$0.154`, `$0.000000014`.
pub fn unit_price(usd: f64) -> String {
    let text = format!("{usd:.10}");
    format!("${}", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_rounded_up_and_grouped() {
        assert_eq!(dollars(10.361), "$10.37");
        assert_eq!(dollars(10.37), "$10.37");
        assert_eq!(dollars(0.1 + 0.2), "$0.30");
        assert_eq!(dollars(0.0), "$0.00");
        assert_eq!(dollars(0.000_001), "$0.01");
        assert_eq!(dollars(1_234_567.5), "$1,234,567.50");
        assert_eq!(dollars(-2.5), "-$2.50");
    }

    #[test]
    fn hours_and_units_keep_their_small_digits() {
        assert_eq!(hourly(0.432_11), "$0.4322/h");
        assert_eq!(hourly(0.4321), "$0.4321/h");
        assert_eq!(hourly(0.0), "$0.0000/h");
        assert_eq!(unit_price(0.000_000_014), "$0.000000014");
        assert_eq!(unit_price(3.0), "$3");
        assert_eq!(unit_price(0.154), "$0.154");
    }
}
