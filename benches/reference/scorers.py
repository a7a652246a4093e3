#!/usr/bin/env python3
"""Speed of Python's scorers on one core.

usage: scorers.py TEXTS.jsonl[.gz] [--train FILE…] [--test FILE] [--seconds S]
needs: pip install vaderSentiment fasttext-wheel

Scores the field `text` of every line with vaderSentiment and, where there are labelled posts to train on
(`label`, `split`), with a supervised fastText model trained on their split `train`. Each scorer goes over the
texts until it has used S seconds of CPU (default 3), after one round that does not count. Prints one JSON
document: {scorer: {posts, cpu_seconds, per_second, accuracy}}; the accuracy is over split `test` of FILE.
"""

import argparse
import gzip
import json
import os
import sys
import tempfile
import time

ROUND = 4000  # Posts of one round: small enough that a slow scorer ends in time.


def read(path):
    opened = gzip.open(path, "rt", encoding="utf-8") if path.endswith(".gz") else open(path, encoding="utf-8")
    with opened as file:
        return [json.loads(line) for line in file if line.strip()]


def speed(score, texts, seconds):
    score(texts[:ROUND])
    posts, started = 0, time.process_time()
    while (used := time.process_time() - started) < seconds:
        at = posts % len(texts)
        batch = texts[at : at + ROUND]
        score(batch)
        posts += len(batch)
    return {"posts": posts, "cpu_seconds": used, "per_second": posts / used}


def accuracy(label, test):
    posts = [post for post in test if post.get("split") == "test"]
    if not posts:
        return None
    labels = label([post["text"] for post in posts])
    return sum(found == post["label"] for found, post in zip(labels, posts, strict=True)) / len(posts)


def vader():
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    scores = SentimentIntensityAnalyzer().polarity_scores

    def score(texts):
        return [scores(text) for text in texts]

    def label(texts):
        compounds = (scores(text)["compound"] for text in texts)
        return ["positive" if c >= 0.05 else "negative" if c <= -0.05 else "neutral" for c in compounds]

    return score, label


def one_line(text):
    return " ".join(text.split()).lower()


def fasttext_model(train):
    import fasttext

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "train.txt")
        with open(path, "w", encoding="utf-8") as file:
            for post in train:
                if post.get("split") == "train":
                    file.write(f"__label__{post['label']} {one_line(post['text'])}\n")
        # Word pairs and the library's own defaults else; one thread, so that it trains the same each time.
        model = fasttext.train_supervised(path, epoch=5, wordNgrams=2, thread=1, verbose=0)

    def score(texts):
        # All three probabilities, as a pipeline needs them; lower-casing is part of the work.
        return model.predict([one_line(text) for text in texts], k=3)

    def label(texts):
        return [labels[0].removeprefix("__label__") for labels in score(texts)[0]]

    return score, label


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("texts")
    parser.add_argument("--train", nargs="*", default=[])
    parser.add_argument("--test")
    parser.add_argument("--seconds", type=float, default=3.0)
    args = parser.parse_args()
    texts = [post["text"] for post in read(args.texts)]
    test = read(args.test) if args.test else []
    makers = {"vaderSentiment": vader}
    if args.train:
        train = [post for path in args.train for post in read(path)]
        makers["fastText"] = lambda: fasttext_model(train)
    results = {}
    for name, make in makers.items():
        try:
            score, label = make()
        except ImportError as error:
            print(f"{name}: {error}", file=sys.stderr)
            continue
        results[name] = speed(score, texts, args.seconds)
        results[name]["accuracy"] = accuracy(label, test)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
