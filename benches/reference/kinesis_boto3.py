"""What a Python user writes to put packets on a Kinesis stream and take them off again, with boto3.

usage: kinesis_boto3.py create STREAM SHARDS      makes the stream and waits for it
       kinesis_boto3.py run STREAM FILE           posts of FILE in, posts out; prints {"packets": N, "posts": N}
needs: boto3. AWS is where the environment says (AWS_ENDPOINT_URL).

FILE holds posts as `examples/stream.rs` writes them: packets end with U+001D, their posts with U+001E, the fields of a
post (identifier, language, text) with U+001F. Each packet becomes a record, JSON as docs/data-contract.md says. Calls
are full under the limits of PutRecords, four at once; what fails of a call is sent again. Every shard has a reader of
its own.
"""

import itertools
import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import boto3

RECORDS, BYTES, CALLS, EVERY = 500, 9 * 1024 * 1024, 4, 0.21
client = boto3.client("kinesis", region_name="us-east-1")


def create(stream, shards):
    client.create_stream(StreamName=stream, ShardCount=int(shards))
    client.get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1})


def packets(file):
    with open(file, encoding="utf-8", newline="") as all_posts:
        parts = all_posts.read().split("\x1d")[:-1]
    for number, part in enumerate(parts, 1):
        posts = (post.split("\x1f") for post in part.split("\x1e")[:-1])
        tweets = [{"tweet_id": tweet_id, "text": text, "lang": lang or None} for tweet_id, lang, text in posts]
        yield {"run_id": "bench", "window": "19700101T000000Z", "packet": f"{number:06}", "tweets": tweets}


def batches(packets):
    batch, size = [], 0
    for packet in packets:
        data = json.dumps(packet, ensure_ascii=False, separators=(",", ":")).encode()
        record = {"Data": data, "PartitionKey": f"bench/{packet['window']}/{packet['packet']}"}
        length = len(record["Data"]) + len(record["PartitionKey"])
        if batch and (len(batch) == RECORDS or size + length > BYTES):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += length
    if batch:
        yield batch


def put(stream, batch):
    for attempt in itertools.count():
        answer = client.put_records(StreamName=stream, Records=batch)
        if not answer["FailedRecordCount"]:
            return
        batch = [record for record, told in zip(batch, answer["Records"], strict=True) if "ErrorCode" in told]
        time.sleep(min(2.0, 0.05 * 2 ** attempt))


def read(stream, shard, since, came, done):
    at = client.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="AT_TIMESTAMP",
                                   Timestamp=since)["ShardIterator"]
    while at and not done.is_set():
        asked = time.monotonic()
        answer = client.get_records(ShardIterator=at)
        for record in answer["Records"]:
            packet = json.loads(record["Data"])
            came[packet["window"], packet["packet"]] = len(packet["tweets"])
        at = answer.get("NextShardIterator")
        time.sleep(max(0.0, EVERY - (time.monotonic() - asked)))


def run(stream, file):
    shards = [shard["ShardId"] for shard in client.list_shards(StreamName=stream)["Shards"]]
    came, done, since = {}, threading.Event(), time.time() - 60
    readers = [threading.Thread(target=read, args=(stream, shard, since, came, done)) for shard in shards]
    for reader in readers:
        reader.start()
    sent = 0
    with ThreadPoolExecutor(CALLS) as pool:
        waiting = []
        for batch in batches(packets(file)):
            sent += len(batch)
            waiting.append(pool.submit(put, stream, batch))
        for call in waiting:
            call.result()
    while len(came) < sent:
        time.sleep(0.05)
    done.set()
    for reader in readers:
        reader.join()
    print(json.dumps({"packets": len(came), "posts": sum(came.values())}))


{"create": create, "run": run}[sys.argv[1]](*sys.argv[2:])
