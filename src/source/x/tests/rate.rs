use proptest::prelude::*;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

#[test]
fn one_request_goes_ahead_and_the_others_follow_its_answer() {
    let mut rate = Rate::default();
    assert_eq!(rate.turn(at(0)), Turn::Go);
    let first = rate.send();
    assert_eq!(rate.turn(at(0)), Turn::AfterAnswer);
    rate.end(first, Some(Limits { remaining: 2, reset: 900 }));
    for _ in 0..2 {
        assert_eq!(rate.turn(at(1)), Turn::Go);
        rate.send();
    }
    assert_eq!(rate.turn(at(1)), Turn::AfterAnswer);
}

#[test]
fn what_is_used_up_is_waited_for_exactly() {
    let mut rate = Rate::default();
    let ticket = rate.send();
    rate.end(ticket, Some(Limits { remaining: 0, reset: 900 }));
    assert_eq!(rate.turn(at(899)), Turn::At(at(900)));
    // Then again one goes ahead.
    assert_eq!(rate.turn(at(900)), Turn::Go);
    rate.send();
    assert_eq!(rate.turn(at(900)), Turn::AfterAnswer);
}

#[test]
fn without_headers_there_is_nothing_to_wait_for() {
    let mut rate = Rate::default();
    let first = rate.send();
    rate.end(first, None);
    for _ in 0..50 {
        assert_eq!(rate.turn(at(0)), Turn::Go);
        rate.send();
    }
    rate.shut(at(5));
    assert_eq!(rate.turn(at(4)), Turn::At(at(5)));
    assert_eq!(rate.turn(at(5)), Turn::Go);
}

#[test]
fn requests_of_others_are_seen_in_what_remains() {
    let mut rate = Rate::default();
    let ticket = rate.send();
    rate.end(ticket, Some(Limits { remaining: 100, reset: 900 }));
    let ticket = rate.send();
    rate.end(ticket, Some(Limits { remaining: 3, reset: 900 }));
    for _ in 0..3 {
        assert_eq!(rate.turn(at(1)), Turn::Go);
        rate.send();
    }
    assert_ne!(rate.turn(at(1)), Turn::Go);
}

proptest! {
    /// Whatever the order in which requests are counted and answered, none is sent that X would refuse, and all
    /// that X allows is used.
    #[test]
    fn never_more_than_the_limit_and_never_less(limit in 1i64..60, order in prop::collection::vec((0usize..100, 0u8..3), 600)) {
        let mut rate = Rate::default();
        let (mut counted, mut sent) = (0, 0);
        let mut travelling: Vec<Ticket> = Vec::new();
        let mut answered: Vec<(Ticket, i64)> = Vec::new();
        for (pick, what) in order {
            match what {
                0 if rate.turn(at(1)) == Turn::Go => { travelling.push(rate.send()); sent += 1; }
                1 if !travelling.is_empty() => {
                    let ticket = travelling.swap_remove(pick % travelling.len());
                    counted += 1;
                    prop_assert!(counted <= limit);
                    answered.push((ticket, limit - counted));
                }
                _ if !answered.is_empty() => {
                    let (ticket, remaining) = answered.swap_remove(pick % answered.len());
                    rate.end(ticket, Some(Limits { remaining, reset: 900 }));
                }
                _ => {}
            }
        }
        // Let all that is on its way come home, and use up what is left.
        loop {
            while let Some(ticket) = travelling.pop() {
                counted += 1;
                prop_assert!(counted <= limit);
                answered.push((ticket, limit - counted));
            }
            while let Some((ticket, remaining)) = answered.pop() {
                rate.end(ticket, Some(Limits { remaining, reset: 900 }));
            }
            if rate.turn(at(1)) != Turn::Go { break }
            travelling.push(rate.send());
            sent += 1;
        }
        prop_assert_eq!(sent, limit);
        prop_assert_eq!(rate.turn(at(1)), Turn::At(at(900)));
    }
}
