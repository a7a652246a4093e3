#!/usr/bin/env python3
"""The whole pipeline as a Python user would write it: read a run's posts, score them with vaderSentiment, sum
up windows with pandas, write two Parquet files.

usage: python_pipeline.py RUN_DIR OUT_DIR        needs: pip install pandas pyarrow vaderSentiment
"""

import glob
import gzip
import json
import os
import sys

import pandas as pd
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

LABELS = ["positive", "negative", "neutral"]


def read(run):
    for path in sorted(glob.glob(f"{run}/staging/*/*.jsonl*")):
        opened = gzip.open(path, "rt", encoding="utf-8") if path.endswith(".gz") else open(path, encoding="utf-8")
        with opened as file:
            for line in file:
                post = json.loads(line)
                yield post["tweet_id"], post["created_at"], post["text"]


def label(compound):
    return "positive" if compound >= 0.05 else "negative" if compound <= -0.05 else "neutral"


def main():
    run, out = sys.argv[1:3]
    posts = pd.DataFrame(read(run), columns=["tweet_id", "created_at", "text"]).drop_duplicates("tweet_id")
    posts["created_at"] = pd.to_datetime(posts["created_at"], utc=True, format="ISO8601")
    scores = list(map(SentimentIntensityAnalyzer().polarity_scores, posts["text"]))
    posts["positive"] = [score["pos"] for score in scores]
    posts["negative"] = [score["neg"] for score in scores]
    posts["neutral"] = [score["neu"] for score in scores]
    posts["label"] = [label(score["compound"]) for score in scores]
    posts["window_time"] = posts["created_at"].dt.floor("15min")
    windows = posts.groupby("window_time")[LABELS].mean().add_prefix("avg_")
    counts = pd.crosstab(posts["window_time"], posts["label"]).reindex(columns=LABELS, fill_value=0)
    windows["count_tweets"] = counts.sum(axis=1)
    windows = windows.join(counts.div(counts.sum(axis=1), axis=0).add_prefix("perc_tweet_"))
    os.makedirs(out, exist_ok=True)
    posts.to_parquet(f"{out}/tweet.parquet")
    windows.reset_index().to_parquet(f"{out}/sentiment.parquet")
    print(json.dumps({"tweets": len(posts), "windows": len(windows)}))


if __name__ == "__main__":
    main()
