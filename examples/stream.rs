//! Measures what a stream takes: `stream prepare FILE POSTS` writes packets of the sample, `stream run STREAM FILE`
//! puts them on a Kinesis stream and takes them off it, without scoring. `cargo xtask bench stream` runs it beside
//! `benches/reference/kinesis_boto3.py`, which does the same.

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
    let mut out = BufWriter::new(std::fs::File::create(file)?);
    let mut sample = Sample::new(SampleOptions { posts, ..SampleOptions::default() })?;
    let mut tweets = Vec::new();
    let mut number = 0;
    while let Some(batch) = sample.next().await? {
        for post in batch.posts {
            tweets.push(PacketTweet { tweet_id: post.id, text: post.text, lang: post.lang });
            if tweets.len() == POSTS {
                number += 1;
                write(&mut out, number, std::mem::take(&mut tweets))?;
            }
        }
    }
    if !tweets.is_empty() {
        write(&mut out, number + 1, tweets)?;
    }
    Ok(out.flush()?)
}

fn write(out: &mut impl Write, number: u32, tweets: Vec<PacketTweet>) -> Result<(), Failure> {
    let name = PacketName::numbered(Window::from_unix(0), number);
    serde_json::to_writer(&mut *out, &Packet { run_id: RUN.to_owned(), name, score: None, tweets })?;
    Ok(out.write_all(b"\n")?)
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
    let lines = BufReader::new(std::fs::File::open(file)?).lines();
    let publishing = tokio::spawn(async move {
        for line in lines {
            let packet: Packet =
                serde_json::from_str(&line.map_err(|e| e.to_string())?).map_err(|error| error.to_string())?;
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
