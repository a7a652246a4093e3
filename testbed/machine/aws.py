"""What a machine's `aws` is used for: `aws s3 cp` of one object, either way, against the test bed.

AWS's own command line is no part of the test bed's environment; the calls are the same, as boto3 makes both.
"""

import argparse
import sys

import boto3
import botocore.exceptions


def main():
    parser = argparse.ArgumentParser(prog="aws")
    parser.add_argument("service", choices=["s3"])
    parser.add_argument("command", choices=["cp"])
    parser.add_argument("--only-show-errors", action="store_true")
    parser.add_argument("source")
    parser.add_argument("target")
    given = parser.parse_args()
    s3 = boto3.client("s3")
    try:
        if given.source.startswith("s3://"):
            s3.download_file(*place(given.source), given.target)
        else:
            s3.upload_file(given.source, *place(given.target))
    except (boto3.exceptions.Boto3Error, botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError,
            OSError) as error:
        print(f"fatal error: {error}", file=sys.stderr)
        return 1
    return 0


def place(uri):
    """Bucket and key of `s3://bucket/key`."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


if __name__ == "__main__":
    sys.exit(main())
