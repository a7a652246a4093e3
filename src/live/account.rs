//! Every record that was sent, held against what was delivered. Pure.

use crate::model::Label;

/// Numbers of missing records that are named.
const NAMED: usize = 20;

/// What became of the records of one run, by their numbers.
#[derive(Clone, Debug, Default)]
pub struct Account {
    sent: u64,
    /// How often the record of each number came, up to 255; number 1 first.
    came: Vec<u8>,
    failed: Vec<bool>,
    beyond: u64,
    labels: [u64; 4],
    unscored: u64,
}

/// The account, closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub sent: u64,
    /// Records that came, each counted once.
    pub delivered: u64,
    /// Records that came more than once: Firehose delivers at least once.
    pub twice: u64,
    /// Records that the function could not score, and that were not delivered by another way since.
    pub failed: u64,
    pub missing: u64,
    /// Some of the missing ones' numbers.
    pub missing_numbers: Vec<u64>,
    /// Records that came although the producer does not know that they were taken: it was killed, or lost an answer.
    pub beyond: u64,
    /// By `Label::ALL`.
    pub labels: [u64; 4],
    pub unscored: u64,
}

impl Account {
    /// Of a producer that sent the records 1 to `sent`.
    pub fn new(sent: u64) -> Self {
        Self { sent, ..Self::default() }
    }

    /// A record came. Whether for the first time.
    pub fn delivered(&mut self, sequence: u64, label: Option<Label>) -> bool {
        let Some(came) = slot(&mut self.came, sequence) else { return false };
        *came = came.saturating_add(1);
        if *came > 1 {
            return false;
        }
        if sequence > self.sent {
            self.beyond += 1;
        }
        match label {
            Some(label) => {
                let at = Label::ALL.iter().position(|known| *known == label);
                if let Some(count) = at.and_then(|at| self.labels.get_mut(at)) {
                    *count += 1;
                }
            }
            None => self.unscored += 1,
        }
        true
    }

    /// Whether the record of this number came by now.
    pub fn has(&self, sequence: u64) -> bool {
        let at = sequence.checked_sub(1).and_then(|at| usize::try_from(at).ok());
        at.and_then(|at| self.came.get(at)).is_some_and(|came| *came > 0)
    }

    /// A record came back as failed.
    pub fn failed(&mut self, sequence: u64) {
        if let Some(failed) = slot(&mut self.failed, sequence) {
            *failed = true;
        }
    }

    pub fn close(self) -> Totals {
        let mut totals = Totals {
            sent: self.sent,
            beyond: self.beyond,
            labels: self.labels,
            unscored: self.unscored,
            ..Totals::default()
        };
        let last = self.sent.max(self.came.len() as u64).max(self.failed.len() as u64);
        for sequence in 1..=last {
            let at = usize::try_from(sequence - 1).unwrap_or(usize::MAX);
            let came = self.came.get(at).copied().unwrap_or(0);
            let failed = self.failed.get(at).copied().unwrap_or(false);
            match (came, failed) {
                (0, true) => totals.failed += 1,
                (0, false) if sequence > self.sent => {}
                (0, false) => {
                    totals.missing += 1;
                    if totals.missing_numbers.len() < NAMED {
                        totals.missing_numbers.push(sequence);
                    }
                }
                (1, _) => totals.delivered += 1,
                (_, _) => {
                    totals.delivered += 1;
                    totals.twice += 1;
                }
            }
        }
        totals
    }
}

impl Totals {
    /// Whether every record that was sent came, scored or not.
    pub fn is_whole(&self) -> bool {
        self.missing == 0 && self.failed == 0
    }
}

/// The place of a number, made if it is not there yet. Numbers come from a bucket: none may ask for all memory.
fn slot<T: Default + Clone>(slots: &mut Vec<T>, sequence: u64) -> Option<&mut T> {
    const MOST: u64 = 1 << 32;
    let at = sequence.checked_sub(1).filter(|at| *at < MOST).and_then(|at| usize::try_from(at).ok())?;
    if slots.len() <= at {
        slots.resize(at + 1, T::default());
    }
    slots.get_mut(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_record_is_in_one_of_the_sums() {
        let mut account = Account::new(6);
        for (sequence, label) in
            [(1, Some(Label::Positive)), (2, Some(Label::Negative)), (2, Some(Label::Negative)), (4, None)]
        {
            account.delivered(sequence, label);
        }
        account.failed(3);
        // Failed at first, and sent through again.
        account.failed(4);
        account.delivered(8, Some(Label::Neutral));
        assert!([2, 4, 8].into_iter().all(|came| account.has(came)));
        assert!([0, 3, 9, u64::MAX].into_iter().all(|not| !account.has(not)));
        let totals = account.close();
        let expected = Totals {
            sent: 6,
            delivered: 4,
            twice: 1,
            failed: 1,
            missing: 2,
            missing_numbers: vec![5, 6],
            beyond: 1,
            labels: totals.labels,
            unscored: 1,
        };
        assert_eq!(totals, expected);
        assert_eq!(totals.labels.iter().sum::<u64>(), 3);
        assert!(!totals.is_whole());
    }

    #[test]
    fn a_number_that_nobody_sent_costs_no_memory() {
        let mut account = Account::new(1);
        assert!(!account.delivered(u64::MAX, None) && !account.delivered(0, None));
        assert!(account.delivered(1, None));
        assert!(account.close().is_whole());
    }
}
