//! A small grammar: rules with alternatives that name other rules in braces, compiled once and expanded fast.
//! It knows how to put phrases together, not which phrases there are.

use rustc_hash::FxHashMap;

use crate::source::rng::Rng;

/// A rule and its alternatives. In an alternative, `{rule}` stands for any alternative of that rule and
/// `{12-48}` for a number from 12 to 48.
pub type Rule = (&'static str, &'static [&'static str]);

/// How deep rules may name rules: what is deeper (or names itself) is left out of the text.
const DEPTH: u32 = 8;

/// A rule of a [`Grammar`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleId(u32);

#[derive(Clone, Debug)]
enum Token {
    Literal(&'static str),
    Rule(RuleId),
    Number(u32, u32),
}

/// Compiled rules.
#[derive(Clone, Debug, Default)]
pub struct Grammar {
    names: FxHashMap<&'static str, RuleId>,
    /// Per rule, the range of its alternatives.
    rules: Vec<(u32, u32)>,
    /// Per alternative, the range of its tokens.
    alternatives: Vec<(u32, u32)>,
    tokens: Vec<Token>,
    /// Names that no rule has, for the test that there are none.
    unknown: Vec<&'static str>,
}

impl Grammar {
    pub fn new(rules: &[Rule]) -> Self {
        let mut grammar = Self::default();
        for (number, (name, _)) in rules.iter().enumerate() {
            grammar.names.insert(name, RuleId(number as u32));
        }
        for (_, alternatives) in rules {
            let first = grammar.alternatives.len() as u32;
            for alternative in *alternatives {
                let from = grammar.tokens.len() as u32;
                grammar.compile(alternative);
                grammar.alternatives.push((from, grammar.tokens.len() as u32));
            }
            grammar.rules.push((first, grammar.alternatives.len() as u32));
        }
        grammar
    }

    fn compile(&mut self, alternative: &'static str) {
        let mut rest = alternative;
        while let Some((literal, after)) = rest.split_once('{') {
            if !literal.is_empty() {
                self.tokens.push(Token::Literal(literal));
            }
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            let number = name.split_once('-').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
            if let Some((low, high)) = number {
                self.tokens.push(Token::Number(low, high));
            } else if let Some(rule) = self.names.get(name) {
                self.tokens.push(Token::Rule(*rule));
            } else {
                self.unknown.push(name);
            }
            rest = after;
        }
        if !rest.is_empty() {
            self.tokens.push(Token::Literal(rest));
        }
    }

    /// The rule called `name`; an unknown name gives a rule that expands to nothing.
    pub fn rule(&self, name: &str) -> RuleId {
        self.names.get(name).copied().unwrap_or(RuleId(u32::MAX))
    }

    /// Appends one expansion of `rule`.
    pub fn expand(&self, rule: RuleId, rng: &mut Rng, out: &mut String) {
        self.expand_to(rule, rng, out, DEPTH);
    }

    fn expand_to(&self, rule: RuleId, rng: &mut Rng, out: &mut String, depth: u32) {
        let Some((first, last)) = self.rules.get(rule.0 as usize).copied() else { return };
        let chosen = first + rng.below(last - first);
        let Some((from, to)) = self.alternatives.get(chosen as usize).copied() else { return };
        for token in &self.tokens[from as usize..to as usize] {
            match token {
                Token::Literal(text) => out.push_str(text),
                Token::Rule(inner) if depth > 0 => self.expand_to(*inner, rng, out, depth - 1),
                Token::Rule(_) => {}
                Token::Number(low, high) => {
                    push_number(low + rng.below(high.saturating_sub(*low) + 1), out);
                }
            }
        }
    }

    #[cfg(test)]
    pub fn unknown(&self) -> &[&'static str] {
        &self.unknown
    }

    #[cfg(test)]
    pub fn alternatives(&self) -> usize {
        self.alternatives.len()
    }
}

/// Appends `number` in decimal, without the machinery of `format!`.
pub fn push_number(number: impl Into<u64>, out: &mut String) {
    let mut digits = [0_u8; 20];
    let mut rest: u64 = number.into();
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    for digit in &digits[at..] {
        out.push(char::from(*digit));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_and_numbers_are_filled_in() {
        let grammar = Grammar::new(&[("s", &["{who} rode {2-4} km."]), ("who", &["Ada", "Bo"])]);
        let mut rng = Rng::new(1, 1);
        for _ in 0..50 {
            let mut text = String::new();
            grammar.expand(grammar.rule("s"), &mut rng, &mut text);
            assert!(text.starts_with("Ada rode ") || text.starts_with("Bo rode "), "{text}");
            assert!(["2", "3", "4"].iter().any(|n| text.ends_with(&format!("{n} km."))), "{text}");
        }
        assert!(grammar.unknown().is_empty());
    }

    #[test]
    fn a_rule_that_names_itself_ends() {
        let grammar = Grammar::new(&[("s", &["a{s}"])]);
        let mut text = String::new();
        grammar.expand(grammar.rule("s"), &mut Rng::new(1, 1), &mut text);
        assert_eq!(text, "aaaaaaaaa");
    }

    #[test]
    fn numbers_are_decimal() {
        for number in [0_u64, 9, 10, 1_234_567_890, u64::MAX] {
            let mut text = String::new();
            push_number(number, &mut text);
            assert_eq!(text, number.to_string());
        }
    }
}
