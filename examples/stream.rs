//! Measures what a stream takes: `stream prepare FILE POSTS` writes packets of the sample, `stream run STREAM FILE`
//! puts them on a Kinesis stream and takes them off it, without scoring. `cargo xtask bench stream` runs it beside
//! `benches/reference/kinesis_boto3.py`, which does the same.
//!
//! The script is given records that are JSON already. Ingest has posts, whose JSON the stream's producer writes: they are
//! beside it, in `FILE.posts`, as text that takes next to nothing to read.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use sentistack::aws::pipeline::kinesis::{KinesisOptions, KinesisStream};
use sentistack::aws::{Access, Account};
use sentistack::model::{Packet, PacketName, PacketTweet, Window};
use sentistack::pipeline::port::{Source, Stream};
use sentistack::source::sample::{Sample, SampleOptions};

/// The tool's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const RUN: &str = "bench";
/// Posts of a packet: a page of X.
const POSTS: usize = 100;
/// End a packet, a post and a field of `FILE.posts`.
const PACKET: u8 = 0x1d;
const POST: char = '\u{1e}';
const FIELD: char = '\u{1f}';

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
#[allow(clippy::print_stdout, reason = "a program for developers")]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["prepare", file, posts] => prepare(file, posts.parse()?).await,
        ["run", stream, file] => {
            println!("{{\"packets\": {}}}", run(stream, file).await?);
            Ok(())
        }
        _ => Err("prepare FILE POSTS | run STREAM FILE".into()),
    }
}

async fn prepare(file: &str, posts: u64) -> Result<(), Failure> {
    let mut records = BufWriter::new(std::fs::File::create(file)?);
    let mut plain = BufWriter::new(std::fs::File::create(beside(file))?);
    let mut sample = Sample::new(SampleOptions { posts, ..SampleOptions::default() })?;
    let mut tweets = Vec::new();
    let mut number = 0;
    loop {
        let batch = sample.next().await?;
        let ended = batch.is_none();
        for post in batch.into_iter().flat_map(|batch| batch.posts) {
            tweets.push(PacketTweet { tweet_id: post.id, text: post.text, lang: post.lang });
            if tweets.len() == POSTS {
                number += 1;
                write(&mut records, &mut plain, number, std::mem::take(&mut tweets))?;
            }
        }
        if ended {
            break;
        }
    }
    if !tweets.is_empty() {
        write(&mut records, &mut plain, number + 1, tweets)?;
    }
    records.flush()?;
    Ok(plain.flush()?)
}

fn beside(file: &str) -> PathBuf {
    Path::new(file).with_added_extension("posts")
}

fn write(
    records: &mut impl Write,
    plain: &mut impl Write,
    number: u32,
    tweets: Vec<PacketTweet>,
) -> Result<(), Failure> {
    for PacketTweet { tweet_id, text, lang } in &tweets {
        let lang = lang.as_deref().unwrap_or_default();
        write!(plain, "{tweet_id}{FIELD}{text}{FIELD}{lang}{POST}")?;
    }
    plain.write_all(&[PACKET])?;
    serde_json::to_writer(&mut *records, &packet(number, tweets))?;
    Ok(records.write_all(b"\n")?)
}

fn packet(number: u32, tweets: Vec<PacketTweet>) -> Packet {
    let name = PacketName::numbered(Window::from_unix(0), number);
    Packet { run_id: RUN.to_owned(), name, score: None, tweets }
}

/// A packet's posts, of its part of `FILE.posts`.
fn tweets(plain: &str) -> Vec<PacketTweet> {
    let posts = plain.split_terminator(POST);
    let tweet = |post: &str| {
        let (tweet_id, rest) = post.split_once(FIELD)?;
        let (text, lang) = rest.split_once(FIELD)?;
        let lang = Some(lang).filter(|lang| !lang.is_empty()).map(str::to_owned);
        Some(PacketTweet { tweet_id: tweet_id.to_owned(), text: text.to_owned(), lang })
    };
    posts.filter_map(tweet).collect()
}

/// Gives how many packets came.
async fn run(stream: &str, file: &str) -> Result<usize, Failure> {
    let access = Access { region: "us-east-1".to_owned(), profile: None, path_style: true };
    let account = Arc::new(Account::open(access, Arc::new(|_: &str| {})).await);
    let options = KinesisOptions {
        stream: stream.to_owned(),
        run_id: RUN.to_owned(),
        since: Timestamp::now(),
        checkpoints: BTreeMap::new(),
        order: None,
        pace: 1.0,
    };
    let stream = Arc::new(KinesisStream::open(account, options));
    let outgoing = Arc::clone(&stream);
    let parts = BufReader::new(std::fs::File::open(beside(file))?).split(PACKET);
    let publishing = tokio::spawn(async move {
        for (part, number) in parts.zip(1..) {
            let part = String::from_utf8(part.map_err(|e| e.to_string())?).map_err(|e| e.to_string())?;
            let packet = packet(number, tweets(&part));
            outgoing.publish(packet).await.map_err(|error| error.to_string())?;
        }
        outgoing.close().await;
        Ok::<(), String>(())
    });
    let mut came = 0;
    while let Some(packet) = stream.consume().await? {
        came += 1;
        stream.scored(&packet.name);
    }
    publishing.await??;
    Ok(came)
}
