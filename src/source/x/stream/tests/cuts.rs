//! Connections that break, in every way: what came is handed over, what may be missing is counted.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::*;

/// A server that does these things, one connection after the other, and the last of them for ever.
fn server(world: &World, connections: Vec<Vec<Act>>) -> FlowServer {
    let plan = move |connecting: &flow::Connecting| {
        let number = connecting.number.min(connections.len() - 1);
        Reply::Stream(connections[number].clone())
    };
    FlowServer::start(world.clone(), Behaviour::of(plan))
}

#[tokio::test]
async fn pieces_may_be_cut_anywhere_and_posts_may_be_large() {
    let mut world = world(3);
    world.posts[0]["text"] = json!("🫖 größer 東京");
    // An article: far more than the buffers on the way.
    world.posts[1]["note_tweet"] = json!({"text": "ツイート🫖 ".repeat(12_500)});
    for size in [1_usize, 7, 4_096] {
        let mut all = b"\r\n\r\n".to_vec();
        for place in 0..3 {
            all.extend(flow::line(&world, place, ("0", ""), &BTreeMap::new()));
        }
        // Without its rules a line counts as ours.
        let text = String::from_utf8(all).unwrap().replace("\"matching_rules\"", "\"_\"");
        assert!(text.len() > 200_000);
        let (head, tail) = match size {
            1 => (text.len() - 3_000, 3_000),
            _ => (0, text.len()),
        };
        let bytes = text.into_bytes();
        let acts = vec![
            Act::Send(bytes[..head].to_vec()),
            Act::Pieces(bytes[head..].to_vec(), size * tail.div_ceil(3_000)),
        ];
        let server = steady(&world, acts);
        let read = read(XStreamOptions { limit: Some(3), ..options(&server, &Arc::default()) }).await;
        assert_eq!((read.error.as_ref(), read.ids(), read.rejects()), (None, ids(&world, 0..3), vec![]));
        let texts: Vec<_> = read.batches.iter().flat_map(|b| &b.posts).map(|p| p.text.clone()).collect();
        assert_eq!(texts[0], "🫖 größer 東京");
        assert_eq!(texts[1].chars().filter(|c| *c == '🫖').count(), 12_500);
    }
}

#[tokio::test]
async fn every_kind_of_break_is_gone_on_after_and_counted() {
    let world = world(60);
    let cut = |end: Act| [posts(0..20), vec![end]].concat();
    let half = flow::line(&world, 20, ("0", ""), &BTreeMap::new())[..90].to_vec();
    for (name, connection, unread) in [
        ("closed", cut(Act::Close), 0),
        ("reset", cut(Act::Reset), 0),
        ("told", [posts(0..20), vec![Act::Send(flow::leaving()), Act::Silence]].concat(), 0),
        ("inside a line", [posts(0..20), vec![Act::Send(half.clone()), Act::Reset]].concat(), 1),
    ] {
        let server = server(&world, vec![connection, posts(20..60)]);
        let told = Arc::default();
        let read = read(XStreamOptions { limit: Some(60), ..options(&server, &told) }).await;
        assert_eq!((read.error.as_ref(), read.ids()), (None, ids(&world, 0..60)), "{name}");
        assert_eq!((read.rejects().len(), server.connects(), read.tally.gaps), (unread, 2, 1), "{name}");
        assert_eq!(read.tally.posts, 60 + unread as u64, "{name}: what was cut is paid for");
        assert!(told.says("X's stream broke off and is back"), "{name}: {:?}", told.messages());
        assert_eq!(
            (server.asked_rules().len(), server.rules().len()),
            (3, 0),
            "{name}: listed, added, removed"
        );
    }
}

#[tokio::test]
async fn silence_is_a_break_and_keep_alives_are_none() {
    let world = world(40);
    let beating = [posts(0..10), vec![Act::Wait(Duration::from_millis(50))], posts(10..20)].concat();
    let server = server(&world, vec![[beating.clone(), vec![Act::Silence]].concat(), posts(20..40)]);
    let mut options = options(&server, &Arc::default());
    options.pace.silent = Duration::from_millis(900);
    options.limit = Some(40);
    let silent = read(options).await;
    assert_eq!((silent.error.as_ref(), silent.ids()), (None, ids(&world, 0..40)));
    assert_eq!((server.connects(), silent.tally.gaps), (2, 1));

    // Nothing but keep-alives, for three times as long as a silence may last.
    let quiet = steady(&world, vec![]);
    let mut options = super::options(&quiet, &Arc::default());
    options.pace.silent = Duration::from_millis(900);
    options.end = Some(Timestamp::now() + SignedDuration::from_millis(2_800));
    let quietly = read(options).await;
    assert_eq!((quietly.error, quietly.tally.gaps, quiet.connects()), (None, 0, 1));
}

#[tokio::test]
async fn posts_that_come_again_are_handed_on_for_the_gate_and_paid_for() {
    let world = world(30);
    let server = server(&world, vec![[posts(0..20), vec![Act::Close]].concat(), posts(15..30)]);
    let read = read(XStreamOptions { limit: Some(35), ..options(&server, &Arc::default()) }).await;
    let all: BTreeSet<String> = read.ids().into_iter().collect();
    assert_eq!((read.ids().len(), all.len(), read.tally.posts), (35, 30, 35));
}

#[tokio::test]
async fn a_connection_that_never_stands_is_tried_ever_more_slowly_and_given_up() {
    let world = world(1);
    let server = steady(&world, vec![Act::Close]);
    let mut options = options(&server, &Arc::default());
    options.pace.patience = Duration::from_millis(600);
    (options.pace.network, options.pace.network_longest) =
        (Duration::from_millis(30), Duration::from_millis(120));
    let read = read(options).await;
    let error = read.error.unwrap();
    assert_eq!(error.kind, ErrorKind::Outside);
    assert!(error.message.starts_with("X's stream cannot be read, tried for "), "{error}");
    assert!(error.causes == ["X closed it"] && error.hint.unwrap().contains("live run"));
    let waits = server.waits();
    assert!((2..=8).contains(&waits.len()), "{waits:?}");
    assert!(
        waits.iter().zip([0.03, 0.06, 0.09, 0.12, 0.12]).all(|(wait, least)| *wait >= least),
        "{waits:?}"
    );
    assert_eq!(server.rules(), vec![], "the rule goes all the same");
}

#[tokio::test]
async fn lines_that_are_no_posts_are_rejected_one_by_one() {
    let world = world(2);
    let junk = b"<html>\r\n{\"data\":{\"id\":\"1\"}}\r\n{\"data\":[7]}\r\n{\"errors\":[{\"title\":\"new\"}]}\r\n\xff\xfe\r\n";
    let acts = vec![Act::Post(0), Act::Send(junk.to_vec()), Act::Post(1)];
    let server = steady(&world, acts);
    let read = read(XStreamOptions { limit: Some(2), ..options(&server, &Arc::default()) }).await;
    assert_eq!((read.error.as_ref(), read.ids()), (None, ids(&world, 0..2)));
    assert_eq!((read.rejects().len(), read.tally.posts), (5, 7), "{:?}", read.rejects());
}

#[tokio::test]
async fn lines_that_x_really_sent_are_read_as_replay_reads_them() {
    let name = "../shared/data/x-api-v2/streaming_output_with_error.jsonl";
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: the recorded lines of the stream are not beside this checkout");
        return;
    };
    let mut wanted = Harvest::default();
    text.lines().for_each(|line| crate::source::replay::page::read(line, &mut wanted));
    assert!(wanted.posts.len() == 7 && wanted.rejects.len() == 1);
    // In pieces, then a break: the file ends inside a line.
    let acts = vec![Act::Pieces(text.trim_end().as_bytes().to_vec(), 700), Act::Reset];
    let plan = move |_: &flow::Connecting| Reply::Stream(acts.clone());
    // The rule that these lines matched.
    let there = vec![("1377649934414049282", "(tea) lang:en", "sentistack:tea")];
    let server = FlowServer::start(World::default(), Behaviour { there, ..Behaviour::of(plan) });
    let read = read(XStreamOptions { limit: Some(8), ..options(&server, &Arc::default()) }).await;
    let found: Vec<_> = read.batches.iter().flat_map(|batch| batch.posts.clone()).collect();
    assert_eq!(found[..7], wanted.posts[..]);
    assert_eq!((found[7].id.as_str(), read.rejects().len()), (wanted.posts[0].id.as_str(), 1));
    assert_eq!((read.tally.posts, read.tally.gaps, server.rules()), (9, 1, vec![]));
}
