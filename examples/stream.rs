//! Measures what a stream takes: `stream prepare FILE POSTS` writes posts of the sample, `stream run STREAM FILE` puts
//! them on a Kinesis stream as packets and takes them off it as posts, without scoring. `cargo xtask bench stream` runs
//! it beside `benches/reference/kinesis_boto3.py`, which does the same.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, BufWriter, Write};
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
/// End a packet, a post, and a field of a post in the file: as cheap to read as posts can be, in any language.
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
            let (packets, posts) = run(stream, file).await?;
            println!("{{\"packets\": {packets}, \"posts\": {posts}}}");
            Ok(())
        }
        _ => Err("prepare FILE POSTS | run STREAM FILE".into()),
    }
}

async fn prepare(file: &str, posts: u64) -> Result<(), Failure> {
    let mut out = BufWriter::new(std::fs::File::create(file)?);
    let mut sample = Sample::new(SampleOptions { posts, ..SampleOptions::default() })?;
    let mut in_packet = 0;
    while let Some(batch) = sample.next().await? {
        for post in batch.posts {
            let lang = post.lang.as_deref().unwrap_or_default();
            write!(out, "{}{FIELD}{lang}{FIELD}{}{POST}", post.id, post.text)?;
            in_packet += 1;
            if in_packet == POSTS {
                in_packet = 0;
                out.write_all(&[PACKET])?;
            }
        }
    }
    if in_packet > 0 {
        out.write_all(&[PACKET])?;
    }
    Ok(out.flush()?)
}

/// A packet of the posts of its part of the file.
fn packet(number: u32, part: &str) -> Packet {
    let tweet = |post: &str| {
        let (tweet_id, rest) = post.split_once(FIELD)?;
        let (lang, text) = rest.split_once(FIELD)?;
        let lang = Some(lang).filter(|lang| !lang.is_empty()).map(Into::into);
        Some(PacketTweet { tweet_id: tweet_id.into(), text: text.to_owned(), lang })
    };
    let tweets = part.split_terminator(POST).filter_map(tweet).collect();
    let name = PacketName::numbered(Window::from_unix(0), number);
    Packet { run_id: RUN.to_owned(), name, score: None, tweets }
}

/// Gives how many packets and posts came.
async fn run(stream: &str, file: &str) -> Result<(usize, usize), Failure> {
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
    let parts = BufReader::new(std::fs::File::open(file)?).split(PACKET);
    let publishing = tokio::spawn(async move {
        for (part, number) in parts.zip(1..) {
            let part = String::from_utf8(part.map_err(|e| e.to_string())?).map_err(|e| e.to_string())?;
            outgoing.publish(packet(number, &part)).await.map_err(|error| error.to_string())?;
        }
        outgoing.close().await;
        Ok::<(), String>(())
    });
    let (mut packets, mut posts) = (0, 0);
    while let Some(packet) = stream.consume().await? {
        packets += 1;
        posts += packet.tweets.len();
        stream.scored(&packet.name);
    }
    publishing.await??;
    Ok((packets, posts))
}
