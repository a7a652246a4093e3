"""Kinesis refuses what is over its limits, record by record, and reshards without losing a record."""

import botocore.exceptions

from .support import Case

MIB = 1024 * 1024


class Streams(Case):
    def setUp(self):
        super().setUp()
        self.kinesis = self.client("kinesis")

    def stream(self, shards=1):
        self.kinesis.create_stream(StreamName="s", ShardCount=shards)
        return "s"

    def put(self, count, length=10, key="k{}"):
        records = [{"Data": b"x" * length, "PartitionKey": key.format(at)} for at in range(count)]
        return self.kinesis.put_records(StreamName="s", Records=records)

    def shards(self, **more):
        return self.kinesis.list_shards(StreamName="s", **more)["Shards"]

    def iterator(self, shard, kind="TRIM_HORIZON"):
        return self.kinesis.get_shard_iterator(StreamName="s", ShardId=shard, ShardIteratorType=kind)["ShardIterator"]

    def test_a_shard_takes_a_thousand_records_and_a_mebibyte_a_second(self):
        self.stream()
        first, second, third = (self.put(500) for _ in range(3))
        self.assertEqual((first["FailedRecordCount"], second["FailedRecordCount"]), (0, 0))
        self.assertGreater(third["FailedRecordCount"], 100)
        failed = [record for record in third["Records"] if "ErrorCode" in record]
        self.assertEqual(len(failed), third["FailedRecordCount"])
        self.assertEqual({record["ErrorCode"] for record in failed}, {"ProvisionedThroughputExceededException"})
        self.control("POST", "/reset")
        self.stream()
        self.assertEqual(self.put(1, MIB - 2)["FailedRecordCount"], 0)
        self.assertEqual(self.refusal(self.kinesis.put_record, StreamName="s", Data=b"x" * (MIB // 2),
                                      PartitionKey="k")[0],
                         "ProvisionedThroughputExceededException")
        self.until(lambda: self.put(1, MIB // 4)["FailedRecordCount"] == 0)

    def test_limits_of_a_call_hold_even_where_those_of_a_shard_are_off(self):
        self.stream()
        self.assertEqual(self.control("POST", "/limits", {"kinesis": False}), {"kinesis": False})
        self.assertEqual(self.refusal(self.put, 501)[0], "ValidationException")
        self.assertEqual(self.refusal(self.put, 1, MIB - 1)[0], "ValidationException")
        self.assertEqual(self.refusal(self.put, 11, MIB - 2, "k")[0], "InvalidArgumentException")
        self.assertEqual(self.put(9, MIB - 2, "k")["FailedRecordCount"], 0)
        for _ in range(4):
            self.assertEqual(self.put(500)["FailedRecordCount"], 0)

    def test_a_shard_gives_five_answers_a_second_and_two_mebibytes(self):
        self.stream()
        iterator = self.iterator(self.shards()[0]["ShardId"])
        for _ in range(5):
            self.kinesis.get_records(ShardIterator=iterator)
        self.assertEqual(self.refusal(self.kinesis.get_records, ShardIterator=iterator)[0],
                         "ProvisionedThroughputExceededException")
        self.control("POST", "/limits", {"kinesis": False})
        self.put(10, MIB - 2, "k")
        self.put(3, MIB - 2, "k")
        self.control("POST", "/limits", {"kinesis": True})

        def read():
            try:
                return self.kinesis.get_records(ShardIterator=iterator)
            except botocore.exceptions.ClientError:
                return None

        answer = self.until(read)
        self.assertEqual(len(answer["Records"]), 10)
        self.assertEqual(self.refusal(self.kinesis.get_records, ShardIterator=answer["NextShardIterator"])[0],
                         "ProvisionedThroughputExceededException")

    def test_a_share_of_records_fails_by_a_seed(self):
        def failed():
            return [at for at, record in enumerate(self.put(500)["Records"]) if "ErrorCode" in record]

        found = []
        for _ in range(2):
            self.control("POST", "/reset")
            self.stream()
            self.control("POST", "/faults", {"service": "kinesis", "records": 0.1, "seed": 7, "times": 1,
                                             "error": "InternalFailure"})
            found.append(failed())
            self.assertEqual(failed(), [])
        self.assertEqual(found[0], found[1])
        self.assertTrue(30 < len(found[0]) < 70, len(found[0]))
        shard = self.shards()[0]["ShardId"]
        self.assertEqual(len(self.kinesis.get_records(ShardIterator=self.iterator(shard))["Records"]),
                         1000 - len(found[0]))

    def drain(self, shard):
        """All records of a shard, and its children once it is closed."""
        found, iterator = [], self.iterator(shard)
        while True:
            answer = self.kinesis.get_records(ShardIterator=iterator, Limit=7)
            found += [record["PartitionKey"] for record in answer["Records"]]
            iterator = answer.get("NextShardIterator")
            if iterator is None:
                return found, [child["ShardId"] for child in answer["ChildShards"]]
            if not answer["Records"]:
                return found, None

    def test_resharding_closes_shards_and_names_their_children(self):
        self.stream(2)
        self.control("POST", "/limits", {"kinesis": False})
        keys = []

        def put(name):
            self.put(30, key=name + "{}")
            keys.extend(f"{name}{at}" for at in range(30))

        put("a")
        old = [shard["ShardId"] for shard in self.shards()]
        for count, name in ((4, "b"), (3, "c"), (5, "d")):
            self.kinesis.update_shard_count(StreamName="s", TargetShardCount=count, ScalingType="UNIFORM_SCALING")
            put(name)
            summary = self.kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]
            self.assertEqual(summary["OpenShardCount"], count)
            now = self.shards(ShardFilter={"Type": "AT_LATEST"})
            self.assertEqual(len(now), count)
            ranges = sorted((int(s["HashKeyRange"]["StartingHashKey"]), int(s["HashKeyRange"]["EndingHashKey"]))
                            for s in now)
            self.assertEqual((ranges[0][0], ranges[-1][1]), (0, 2**128 - 1))
            self.assertEqual([last + 1 for _, last in ranges[:-1]], [first for first, _ in ranges[1:]])
        self.assertEqual(self.refusal(self.kinesis.update_shard_count, StreamName="s", TargetShardCount=11,
                                      ScalingType="UNIFORM_SCALING")[0], "InvalidArgumentException")
        self.assertEqual([s["ShardId"] for s in self.shards(ShardFilter={"Type": "AT_TRIM_HORIZON"})], old)
        closed = [s for s in self.shards() if "EndingSequenceNumber" in s["SequenceNumberRange"]]
        self.assertEqual(len(closed), len(self.shards()) - 5)
        # Parents before children, each shard once: nothing is lost, nothing twice.
        found, waiting, done = [], list(old), set()
        while waiting:
            shard = waiting.pop(0)
            if shard in done:
                continue
            done.add(shard)
            records, children = self.drain(shard)
            found += records
            waiting += children or []
        self.assertEqual(sorted(found), sorted(keys))
        self.assertEqual(done, {shard["ShardId"] for shard in self.shards()})

    def test_split_and_merge_refuse_what_cannot_be(self):
        self.stream(3)
        one, two, three = (shard["ShardId"] for shard in self.shards())
        merge, split = self.kinesis.merge_shards, self.kinesis.split_shard
        self.assertEqual(self.refusal(merge, StreamName="s", ShardToMerge=one, AdjacentShardToMerge=three)[0],
                         "InvalidArgumentException")
        self.assertEqual(self.refusal(split, StreamName="s", ShardToSplit=one, NewStartingHashKey="0")[0],
                         "InvalidArgumentException")
        self.control("POST", "/delays", {"AWS::Kinesis::Stream": {"update": 3600}})
        merge(StreamName="s", ShardToMerge=two, AdjacentShardToMerge=one)
        child = self.shards()[-1]
        self.assertEqual((child["ParentShardId"], child["AdjacentParentShardId"]), (one, two))
        self.assertEqual(self.refusal(split, StreamName="s", ShardToSplit=three, NewStartingHashKey=str(2**127))[0],
                         "ResourceInUseException")
        self.assertEqual(self.put(10)["FailedRecordCount"], 0)
        self.control("POST", "/clock", {"advance_seconds": 3600})
        self.assertEqual(self.refusal(split, StreamName="s", ShardToSplit=one, NewStartingHashKey="5")[0],
                         "InvalidArgumentException")
        self.control("POST", "/clock", {"advance_seconds": 24 * 3600})
        self.assertEqual([shard["ShardId"] for shard in self.shards()], [three, child["ShardId"]])
