//! The bodies of the fuzz targets on stable: real-looking seeds, changed at random from a fixed seed.

use super::super::checks;
use super::*;
use crate::source::rng::Rng;

const SEEDS: [&str; 9] = [
    r#"{"id":"567588278875213824","text":"@a ok \u00e9\ud83d\ude00 &amp; \"q\"","created_at":"2015-02-17T07:36:05.000Z","lang":"en","author_id":"41","author":{"id":"41","username":"u","location":"USA"}}"#,
    r#"{"id":5,"text":"RT","created_at":1424158565,"referenced_tweets":[{"type":"retweeted","id":"3","text":"full"},{"type":"quoted","id":4}],"conversation_id":"5"}"#,
    r#"{"id":"6","note_tweet":{"text":"long &lt;"},"text":"lo","created_at":"2020-01-01","withheld":{"copyright":false,"country_codes":["DE"]},"edit_history_tweet_ids":["4","6"]}"#,
    r#"{"data":[{"id":"1","author_id":"2","created_at":"2020-01-01T00:00:00Z","text":"x"},{"id":"3","text":"y","created_at":"2020-01-01T00:00:00+05:30"}],"includes":{"users":[{"id":"2","username":"n","verified":true}],"tweets":[{"id":"3","text":"z"}]},"errors":[{"resource_type":"tweet","parameter":"ids"}],"meta":{"result_count":2}}"#,
    r#"{"id":"2","username":"n","name":"N","verified":false,"location":null}"#,
    "17,2020-01-01T00:00:00Z,\"a, \"\"b\"\"\nc\",en,u\n18,2015-02-16 23:36:05 -0800,plain text,,\r\n",
    "19,Wed Oct 10 20:20:24 +0000 2018,x,de,v\n\n20,1424158565123,\"\",fr,\n",
    "[\n {\"id\":\"1\",\"created_at\":\"2020-01-01T00:00:00Z\",\n  \"text\":\"]}\"},\n {\"id\":\"2\"}\n]\n",
    "id;created_at;text\n1;2020-01-01;x\n2;2020-01-01;\"y\n\"\n",
];
const WORDS: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    ",",
    ":",
    "\n",
    "\r\n",
    "\\",
    "\\u0000",
    "null",
    "true",
    "1e400",
    "18446744073709551616",
    "-1",
    "\u{feff}",
    "\"id\":",
    "\"data\":",
    "\"text\":\"",
    "9999-12-31T23:59:59Z",
    "0000-00-00",
    "&amp;",
    "\t",
];

fn changed(rng: &mut Rng) -> Vec<u8> {
    let mut bytes = SEEDS[rng.below(SEEDS.len() as u32) as usize].as_bytes().to_vec();
    for _ in 0..rng.below(6) {
        let at = rng.below(bytes.len() as u32 + 1) as usize;
        let until = (at + rng.below(12) as usize).min(bytes.len());
        match rng.below(6) {
            0 if at < bytes.len() => bytes[at] = rng.below(256) as u8,
            1 => drop(bytes.drain(at..until)),
            2 => drop(bytes.splice(at..at, WORDS[rng.below(WORDS.len() as u32) as usize].bytes())),
            3 => {
                let piece = bytes[at..until].to_vec();
                drop(bytes.splice(at..at, piece));
            }
            4 => bytes.truncate(at),
            _ => bytes.extend(SEEDS[rng.below(SEEDS.len() as u32) as usize].bytes().skip(at)),
        }
    }
    bytes
}

/// `rounds` changed seeds go through `check`; what breaks it is printed, to become a test of its own.
fn hold(rounds: u32, stream: u64, check: fn(&[u8])) {
    let mut rng = Rng::new(2, stream);
    for _ in 0..rounds {
        let bytes = changed(&mut rng);
        if let Err(panic) = std::panic::catch_unwind(|| check(&bytes)) {
            println!("broken by {:?}", String::from_utf8_lossy(&bytes));
            std::panic::resume_unwind(panic);
        }
    }
}

#[test]
fn lines_of_any_kind() {
    hold(20_000, 1, checks::line);
}

#[test]
fn pages_of_any_kind() {
    hold(6_000, 2, checks::page);
}

#[test]
fn tables_of_any_kind() {
    hold(4_000, 3, checks::table);
}

#[test]
fn inputs_of_any_kind() {
    hold(4_000, 4, checks::input);
    hold(400, 5, |bytes| checks::input(&gzip(bytes)));
    hold(400, 6, |bytes| {
        let mut packed = gzip(bytes);
        let middle = packed.len() / 2;
        packed[middle] ^= 0x10;
        checks::input(&packed);
        checks::input(&packed[..middle]);
    });
    hold(400, 7, |bytes| {
        let packed = zstd::encode_all(bytes, 1).unwrap();
        checks::input(&packed);
        checks::input(&packed[..packed.len() / 2]);
    });
}
