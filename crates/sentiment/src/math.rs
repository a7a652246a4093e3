//! Arithmetic whose result is the same on every platform. The system's `exp` and `ln` may differ in the last
//! bit between C libraries; weights must not. Rust does not fuse multiplications and additions by itself.

/// 1 / k! for k from 0 to 13.
const INVERSE_FACTORIALS: [f64; 14] = {
    let mut terms = [1.0; 14];
    let mut k = 1;
    while k < 14 {
        terms[k] = terms[k - 1] / k as f64;
        k += 1;
    }
    terms
};

/// e to the power `x`, to about 1e-15 of the result. 0 below -700; the argument is capped at 700.
#[must_use]
pub fn exp(x: f64) -> f64 {
    if x < -700.0 {
        return 0.0;
    }
    let x = x.min(700.0);
    let turns = (x * std::f64::consts::LOG2_E).round();
    let rest = (x - turns * 0.693_147_180_369_123_8) - turns * 1.908_214_929_270_587_7e-10;
    // Taylor to the 13th power over |rest| <= ln 2 / 2.
    let sum = INVERSE_FACTORIALS.iter().rev().fold(0.0, |sum, term| sum * rest + term);
    f64::from_bits(((turns as i64 + 1023) as u64) << 52) * sum
}

/// The natural logarithm of a positive normal number, to about 1e-15; 0 for anything else.
#[must_use]
pub fn ln(x: f64) -> f64 {
    if !(x.is_normal() && x > 0.0) {
        return 0.0;
    }
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i64 - 1023;
    let mut mantissa = f64::from_bits((bits & 0x000F_FFFF_FFFF_FFFF) | (1023 << 52));
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa *= 0.5;
        exponent += 1;
    }
    // ln m = 2 artanh((m - 1) / (m + 1)).
    let ratio = (mantissa - 1.0) / (mantissa + 1.0);
    let square = ratio * ratio;
    let mut sum = 0.0;
    let mut odd = 27.0;
    while odd > 0.5 {
        sum = 1.0 / odd + square * sum;
        odd -= 2.0;
    }
    2.0 * ratio * sum + exponent as f64 * std::f64::consts::LN_2
}

/// Softmax of three logits.
#[must_use]
pub fn softmax(z: [f64; 3]) -> [f64; 3] {
    let top = z[0].max(z[1]).max(z[2]);
    let e = z.map(|v| exp(v - top));
    let sum = e[0] + e[1] + e[2];
    e.map(|v| v / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_system() {
        for step in -3000..3000 {
            let x = f64::from(step) * 0.1;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-13, "exp {x}");
            let y = x.abs() + 1e-6;
            assert!((ln(y) - y.ln()).abs() < 1e-13, "ln {y}");
        }
        assert_eq!((exp(-1e9), exp(0.0), ln(1.0), ln(-1.0)), (0.0, 1.0, 0.0, 0.0));
        assert!(exp(1e9).is_finite());
    }
}
