#!/usr/bin/env python3
"""Every column of both tables of one run, computed in plain Python from its staging and sentiments folders.

usage: oracle.py RUN_DIR OUT_DIR [MODEL]        needs: pip install pyarrow

Writes OUT_DIR/tweet.parquet and OUT_DIR/sentiment.parquet and prints one JSON line of totals. MODEL defaults
to the only folder under sentiments/. It shares nothing with the tool but the data contract: sums are exact
(math.fsum), windows are found by date arithmetic, packets are joined through a dictionary. It is meant to be
easy to believe, not fast.
"""

import glob
import gzip
import json
import math
import os
import sys
from collections import defaultdict
from datetime import datetime, timedelta, timezone

import pyarrow as pa
import pyarrow.parquet as pq

LABELS = ["positive", "negative", "neutral", "mixed"]
# Bytes that a column may have; what is longer is cut between two characters.
WIDTHS = {
    "tweet_id": 256,
    "author_id": 128,
    "username": 1024,
    "name": 1024,
    "location": 1024,
    "lang": 16,
    "referenced_tweet_id": 256,
    "post_url": 512,
    "text": 65535,
}
STAGED = [
    "tweet_id", "created_at", "author_id", "username", "name", "location", "verified", "lang",
    "referenced_tweet_id", "referenced_type", "post_url", "text",
]  # fmt: skip
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MICROS = pa.timestamp("us", tz="UTC")


def lines(pattern):
    for path in sorted(glob.glob(pattern)):
        opened = gzip.open(path, "rt", encoding="utf-8") if path.endswith(".gz") else open(path, encoding="utf-8")
        with opened as file:
            for line in file:
                yield json.loads(line)


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def window_of(at, seconds):
    return EPOCH + timedelta(seconds=math.floor((at - EPOCH) / timedelta(seconds=seconds)) * seconds)


def cut(text, width):
    if text is None:
        return None
    return text.encode("utf-8")[:width].decode("utf-8", errors="ignore")


def tweet_rows(run, model, keys):
    scores = {}
    for score in lines(f"{run}/sentiments/{model}/*/*.jsonl*"):
        scores[score["tweet_id"]] = score
    for post in lines(f"{run}/staging/*/*.jsonl*"):
        score = scores[post["tweet_id"]]
        row = dict(keys)
        for column in STAGED:
            value = post.get(column)
            row[column] = cut(value, WIDTHS[column]) if column in WIDTHS else value
        row["created_at"] = moment(post["created_at"])
        row["text_truncated"] = row["text"] != post["text"]
        for column in ["label", *LABELS]:
            row[column] = score[column]
        yield row


def sentiment_rows(run, tweets, keys, seconds, planned):
    facts = {}
    for window in lines(f"{run}/windows.jsonl"):
        start = datetime.strptime(window["window"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
        facts[start] = window
    members = defaultdict(list)
    for tweet in tweets:
        members[window_of(tweet["created_at"], seconds)].append(tweet)
    starts = set(members) | set(facts)
    if planned:
        start, end = window_of(moment(planned["start"]), seconds), moment(planned["end"])
        while start < end:
            starts.add(start)
            start += timedelta(seconds=seconds)
    for start in sorted(starts):
        fact = facts.get(start, {"status": "empty", "collapsed": 0})
        posts = members.get(start, [])
        scored = [post for post in posts if post["label"] is not None]
        row = dict(keys)
        row["window_time"] = start
        row["window_seconds"] = seconds
        row["status"] = fact["status"]
        row["count_tweets"] = len(posts)
        row["unscored"] = len(posts) - len(scored)
        row["collapsed"] = fact["collapsed"]
        row["count_available"] = fact.get("count_available")
        for label in LABELS:
            count = sum(post["label"] == label for post in scored)
            total = math.fsum(post[label] for post in scored)
            row[f"count_{label}"] = count
            row[f"sum_{label}"] = total
            row[f"avg_{label}"] = total / len(scored) if scored else None
            row[f"perc_tweet_{label}"] = count / len(scored) if scored else None
        row["fetched_at"] = moment(fact["fetched_at"]) if fact.get("fetched_at") else None
        yield row


def schema(kinds):
    types = {"s": pa.string(), "t": MICROS, "b": pa.bool_(), "i": pa.int32(), "l": pa.int64(), "d": pa.float64()}
    return pa.schema([(name, types[kind]) for names, kind in kinds for name in names.split()])


KEYS = ("topic source model run_id", "s")
TWEET = schema([
    KEYS, ("tweet_id", "s"), ("created_at", "t"), ("author_id username name location", "s"), ("verified", "b"),
    ("lang referenced_tweet_id referenced_type post_url text", "s"), ("text_truncated", "b"), ("label", "s"),
    (" ".join(LABELS), "d"),
])  # fmt: skip
SENTIMENT = schema([
    KEYS, ("window_time", "t"), ("window_seconds", "i"), ("status", "s"),
    ("count_tweets unscored collapsed count_available", "l"), (" ".join(f"count_{x}" for x in LABELS), "l"),
    (" ".join(f"{figure}_{x}" for figure in ("sum", "avg", "perc_tweet") for x in LABELS), "d"),
    ("fetched_at", "t"),
])  # fmt: skip


def main():
    run, out = sys.argv[1:3]
    model = sys.argv[3] if len(sys.argv) > 3 else sorted(os.listdir(f"{run}/sentiments"))[0]
    with open(f"{run}/manifest.json", encoding="utf-8") as file:
        manifest = json.load(file)
    keys = {name: manifest[name] for name in ("topic", "source", "run_id")} | {"model": model}
    tweets = list(tweet_rows(run, model, keys))
    seconds = manifest["settings"]["window_seconds"]
    windows = list(sentiment_rows(run, tweets, keys, seconds, manifest.get("planned")))
    os.makedirs(out, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(tweets, TWEET), f"{out}/tweet.parquet")
    pq.write_table(pa.Table.from_pylist(windows, SENTIMENT), f"{out}/sentiment.parquet")
    print(json.dumps({"tweets": len(tweets), "windows": len(windows), "model": model}))


if __name__ == "__main__":
    main()
