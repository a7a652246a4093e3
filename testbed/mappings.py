"""Lambda as it reads Kinesis streams: event source mappings with their failures, which MiniStack's leave out.

Of a batch that fails in part only what comes from the first failure on is brought again; a batch that fails whole is
halved where the mapping says so, and what fails alone, or is too old, is left aside after its tries and told to the
queue. Batches have a number of records and 6 MB. Records of one key keep their order; with a parallelization factor,
those of other keys are worked on beside them. A shard that came of others begins when those are read to their end.

The poller is MiniStack's thread; what it does for Kinesis is done here.
"""

import base64
import collections
import contextvars
import hashlib
import json
import threading
import time
from concurrent import futures

from ministack.core.responses import new_uuid, request_scope
from ministack.services import kinesis, lambda_svc, sqs

from .state import STATE
from .streams import parents

# Bytes of one event at most.
EVENT_BYTES = 6 * 1024 * 1024
# Seconds before a batch that failed is brought again: Lambda waits longer, and longer each time.
WAIT = 0.1
# By mapping: what is read and not done.
READERS = {}
POOL = futures.ThreadPoolExecutor(max_workers=16, thread_name_prefix="mapping")
# Calls that have not ended; whether none may begin; seconds that a reset waits for them.
BEGUN, PAUSED, PATIENCE = set(), threading.Event(), 10.0


def install():
    lambda_svc._poll_kinesis = poll
    original = lambda_svc._provided_worker_env

    def environment(config, code_dir, port):
        """A function's own: it speaks to this test bed, which MiniStack takes from an environment that we have not."""
        from .place import environment as ours
        import os

        url = ours(int(os.environ["GATEWAY_PORT"]))["AWS_ENDPOINT_URL"]
        return {**original(config, code_dir, port), "AWS_ENDPOINT_URL": url}

    lambda_svc._provided_worker_env = environment


def stop():
    """Nothing more is begun, and what was begun ends: a function that ends later would write into an emptied bed."""
    PAUSED.set()
    futures.wait(list(BEGUN), timeout=PATIENCE)


def reset():
    READERS.clear()
    PAUSED.clear()


class Lot:
    """Records that go to the function together, and how often they did in vain."""

    def __init__(self, records, tries=0):
        self.records, self.tries = records, tries


class Lane:
    """A part of a shard's keys: one batch at a time, in order."""

    def __init__(self):
        self.lots = collections.deque()
        self.busy = False


class Shard:
    def __init__(self, position, factor):
        self.position = position
        self.lanes = [Lane() for _ in range(factor)]

    def is_idle(self):
        return not any(lane.lots or lane.busy for lane in self.lanes)


class Reader:
    """A mapping at work on a stream as it is now; a stream that was made anew is another one."""

    def __init__(self, stream):
        self.stream, self.shards = stream, {}


def number(value, default):
    return default if value is None else int(value)


def poll():
    """One look at every mapping. Whether there was anything to do."""
    worked = False
    if PAUSED.is_set():
        return worked
    known = set()
    for account, region, mapping in lambda_svc._iter_all_esms():
        known.add(mapping["UUID"])
        with request_scope(account, region):
            worked = look(mapping) or worked
    for gone in set(READERS) - known:
        READERS.pop(gone, None)
    if worked:
        # What was begun takes its time elsewhere; the next look is not at once.
        time.sleep(0.01)
    return worked


def look(mapping):
    source = mapping.get("EventSourceArn", "")
    if ":kinesis:" not in source or str(mapping.get("Enabled", True)).lower() == "false":
        return False
    stream = kinesis._streams.get(source.rsplit("/", 1)[-1])
    function, _ = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
    if not stream or stream.get("StreamARN") != source or function is None:
        return False
    reader = READERS.get(mapping["UUID"])
    if reader is None or reader.stream is not stream:
        first = reader is None
        reader = READERS[mapping["UUID"]] = Reader(stream)
        for sid, shard in list(stream["shards"].items()):
            reader.shards[sid] = Shard(beginning(mapping, shard) if first else 0, factor(mapping))
    worked = False
    for sid, shard in list(stream["shards"].items()):
        state = reader.shards.setdefault(sid, Shard(0, factor(mapping)))
        if any(not is_read(reader, stream, parent) for parent in parents(shard)):
            continue
        take(mapping, sid, shard, state)
        for lane in state.lanes:
            if lane.lots and not lane.busy:
                lane.busy = worked = True
                context = contextvars.copy_context()
                begun = POOL.submit(context.run, work, mapping, function, sid, lane)
                BEGUN.add(begun)
                begun.add_done_callback(BEGUN.discard)
    return worked


def factor(mapping):
    return number(mapping.get("ParallelizationFactor"), 1)


def beginning(mapping, shard):
    """Where the first look at a shard begins."""
    records, start = shard["records"], mapping.get("StartingPosition", "LATEST")
    if start == "TRIM_HORIZON":
        return 0
    if start == "AT_TIMESTAMP":
        since = float(mapping.get("StartingPositionTimestamp") or 0)
        return sum(record["ApproximateArrivalTimestamp"] < since for record in records)
    return len(records)


def is_read(reader, stream, sid):
    """Whether a shard is read to its end, and all of it is done; one that is gone is."""
    shard, state = stream["shards"].get(sid), reader.shards.get(sid)
    return shard is None or state is not None and state.position >= len(shard["records"]) and state.is_idle()


def take(mapping, sid, shard, state):
    """Reads on while a lane has room: its records become lots."""
    most = number(mapping.get("BatchSize"), 100)
    while state.position < len(shard["records"]) and all(len(lane.lots) < 2 for lane in state.lanes):
        raw = shard["records"][state.position:state.position + most * len(state.lanes)]
        state.position += len(raw)
        shares = [[] for _ in state.lanes]
        for record in lambda_svc._apply_filter_criteria([event_of(mapping, sid, each) for each in raw], mapping):
            digest = hashlib.md5(record["kinesis"]["partitionKey"].encode()).digest()
            shares[digest[0] % len(shares)].append(record)
        for lane, share in zip(state.lanes, shares, strict=True):
            lane.lots.extend(Lot(some) for some in batches(share, most))


def batches(records, most):
    lot, length = [], 0
    for record in records:
        size = len(record["kinesis"]["data"]) + 600
        if lot and (len(lot) == most or length + size > EVENT_BYTES):
            yield lot
            lot, length = [], 0
        lot.append(record)
        length += size
    if lot:
        yield lot


def event_of(mapping, sid, raw):
    data = raw["Data"]
    if isinstance(data, bytes):
        data = base64.b64encode(data).decode()
    return {
        "kinesis": {"kinesisSchemaVersion": "1.0", "partitionKey": raw["PartitionKey"],
                    "sequenceNumber": raw["SequenceNumber"], "data": data,
                    "approximateArrivalTimestamp": raw["ApproximateArrivalTimestamp"]},
        "eventSource": "aws:kinesis", "eventVersion": "1.0", "eventID": f"{sid}:{raw['SequenceNumber']}",
        "eventName": "aws:kinesis:record", "awsRegion": "us-east-1", "eventSourceARN": mapping["EventSourceArn"],
    }  # fmt: skip


def work(mapping, function, sid, lane):
    """One lot through the function."""
    try:
        lot = lane.lots[0]
        age = number(mapping.get("MaximumRecordAgeInSeconds"), -1)
        now = STATE.now()
        old = [each for each in lot.records
               if age >= 0 and now - each["kinesis"]["approximateArrivalTimestamp"] > age]
        if old:
            tell(mapping, sid, old, lot.tries, "RecordAgeExceeded")
            lot.records = [each for each in lot.records if each not in old]
        failed = first_failure(mapping, lot.records, function) if lot.records else None
        lane.lots.popleft()
        mapping["LastProcessingResult"] = "OK" if failed is None else "PROBLEM: Function call failed"
        if failed is not None:
            lane.lots.extendleft(reversed(list(again(mapping, sid, lot, failed))))
            time.sleep(WAIT)
    finally:
        lane.busy = False
        lambda_svc._esm_wake.set()


def first_failure(mapping, records, function):
    """The place of the first record that is to come again; None where all is done."""
    result = lambda_svc._execute_function(function, {"Records": records})
    body = result.get("body")
    if isinstance(body, (str, bytes)):
        try:
            body = json.loads(body)
        except ValueError:
            body = {} if not body else None
    if result.get("error") or not isinstance(body, dict | None):
        return 0
    if "ReportBatchItemFailures" not in (mapping.get("FunctionResponseTypes") or []):
        return None
    failures = (body or {}).get("batchItemFailures") or []
    places = {each["kinesis"]["sequenceNumber"]: at for at, each in enumerate(records)}
    # An identifier that is none of the batch's makes the whole of it a failure.
    found = [places.get(each.get("itemIdentifier") if isinstance(each, dict) else None, 0) for each in failures]
    return min(found, default=None)


def again(mapping, sid, lot, failed):
    """What of a lot is brought again."""
    if failed:
        yield Lot(lot.records[failed:])
        return
    bisects = str(mapping.get("BisectBatchOnFunctionError")).lower() == "true"
    if bisects and len(lot.records) > 1:
        # Halving takes none of the tries.
        half = len(lot.records) // 2
        yield Lot(lot.records[:half], lot.tries)
        yield Lot(lot.records[half:], lot.tries)
        return
    most = number(mapping.get("MaximumRetryAttempts"), -1)
    if 0 <= most <= lot.tries:
        tell(mapping, sid, lot.records, lot.tries + 1, "RetryAttemptsExhausted")
        return
    yield Lot(lot.records, lot.tries + 1)


def tell(mapping, sid, records, tries, condition):
    """Puts what Lambda says of records that it leaves aside into the queue of the mapping: where they are, not what."""
    target = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    queue = target and sqs._queue_by_arn(target)
    if not queue:
        return

    def iso(record):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record["kinesis"]["approximateArrivalTimestamp"]))

    first, last = records[0], records[-1]
    body = json.dumps({
        "requestContext": {"requestId": new_uuid(), "functionArn": mapping["FunctionArn"], "condition": condition,
                           "approximateInvokeCount": tries},
        "version": "1.0", "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "KinesisBatchInfo": {
            "shardId": sid, "startSequenceNumber": first["kinesis"]["sequenceNumber"],
            "endSequenceNumber": last["kinesis"]["sequenceNumber"], "approximateArrivalOfFirstRecord": iso(first),
            "approximateArrivalOfLastRecord": iso(last), "batchSize": len(records),
            "streamArn": mapping["EventSourceArn"]}})  # fmt: skip
    now = time.time()
    queue["messages"].append({
        "id": new_uuid(), "body": body, "md5_body": hashlib.md5(body.encode()).hexdigest(), "md5_attrs": "",
        "receipt_handle": None, "sent_at": now, "visible_at": now, "receive_count": 0, "first_receive_at": None,
        "message_attributes": {}, "sys": {"SenderId": "lambda", "SentTimestamp": str(int(now * 1000))},
        "group_id": None, "dedup_id": None, "dedup_cache_key": None, "seq": None})  # fmt: skip
