//! The live path's function in the place of the tool's own consumer: the packets of a run, as the stream carries them,
//! come out as the very same objects.

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sentistack::layout::packet_of_key;
use sentistack::model::{Packet, PacketTweet};
use sentistack::wire::{StagingText, lines};
use sentistack_live::kinesis::Objects;
use sentistack_live::{Embedded, Function, Settings};
use serde_json::{Value, json};

use crate::support::{folder, run, tree};

#[derive(Default)]
struct Memory(BTreeMap<String, Vec<u8>>);

impl Objects for Memory {
    fn put(&mut self, key: &str, body: Vec<u8>) -> Result<(), String> {
        self.0.insert(key.to_owned(), body);
        Ok(())
    }
}

#[test]
fn its_sentiment_packets_are_the_tools_byte_for_byte() {
    let at = folder();
    let args = "pipeline run --source sample --limit 3000 --seed 7 --to-stage score --root data -o json";
    let document = run(at.path(), args.split(' ')).expect(0).json();
    let run_id = document["run_id"].as_str().unwrap().to_owned();
    let root = PathBuf::from(document["run_dir"].as_str().unwrap()).join("../..");
    let objects = tree(&root);
    let staging: Vec<_> = objects.iter().filter(|(key, _)| key.contains("/staging/")).collect();
    let records: Vec<Value> = staging
        .iter()
        .enumerate()
        .map(|(number, (key, bytes))| {
            let tweets = lines::<StagingText>(bytes).map(Result::unwrap).map(|post| PacketTweet {
                tweet_id: post.tweet_id.into(),
                text: post.text.into_owned(),
                lang: post.lang.map(Into::into),
            });
            let name = packet_of_key(key).unwrap();
            let packet = Packet { run_id: run_id.clone(), name, score: None, tweets: tweets.collect() };
            let data = STANDARD.encode(serde_json::to_vec(&packet).unwrap());
            json!({ "kinesis": { "sequenceNumber": number.to_string(), "data": data } })
        })
        .collect();
    let settings = Settings::default();
    let mut function = Function { settings, scorer: Embedded::default(), objects: Some(Memory::default()) };
    let event = json!({ "Records": records }).to_string();
    let answer = function.handle(event.as_bytes()).unwrap();
    assert_eq!(answer.body, br#"{"batchItemFailures":[]}"#);
    let wanted: BTreeMap<String, Vec<u8>> =
        objects.into_iter().filter(|(key, _)| key.contains("/sentiments/")).collect();
    assert!(wanted.len() > 10 && wanted.len() == records.len(), "{}", wanted.len());
    let made = function.objects.unwrap().0;
    assert!(made.keys().eq(wanted.keys()), "{:?} {:?}", made.keys().next(), wanted.keys().next());
    assert!(made == wanted, "the packets differ");
    let unscored = wanted.values().any(|packet| packet.windows(12).any(|part| part == b"\"label\":null"));
    assert!(unscored, "posts in other languages are among them");
}
