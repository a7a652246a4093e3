"""Which account and which region everything is in.

MiniStack reads its settings from the environment when it is imported, so `prepare` comes before any import of it.
"""

import os
import socket

ACCOUNT = os.environ.get("SENTISTACK_TESTBED_ACCOUNT", "123456789012")
REGION = "us-east-1"
KEY = "testing"

# Services that the doubles or MiniStack serve well enough to be given an endpoint of their own. All are the same
# address; a test can point one of them somewhere else.
ENDPOINTS = [
    "CLOUDFORMATION", "CLOUDWATCH", "CLOUDWATCH_LOGS", "COMPREHEND", "EC2", "ECR", "EMR", "EMR_SERVERLESS",
    "FIREHOSE", "IAM", "KINESIS", "LAMBDA", "REDSHIFT", "REDSHIFT_DATA", "REDSHIFT_SERVERLESS", "S3", "SCHEDULER",
    "SECRETS_MANAGER", "SERVICE_QUOTAS", "SNS", "SQS", "SSM", "STS",
]


def listener():
    """A socket that listens on a free port of loopback: bound before anything is told of the port, so that nobody
    can take it in between."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(("127.0.0.1", 0))
    found.listen(128)
    return found


def environment(port):
    """What a program needs in its environment to talk to the test bed and to nothing else."""
    url = f"http://127.0.0.1:{port}"
    found = {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    found.update({f"AWS_ENDPOINT_URL_{name}": url for name in ENDPOINTS})
    return found


def prepare(port, folder):
    """Settings of MiniStack: loopback, nothing kept, no container, no listener of its own."""
    os.environ.update({
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "S3_DATA_DIR": os.path.join(folder, "s3"),
        "STATE_DIR": os.path.join(folder, "state"),
        "TMPDIR": folder,
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "DOCKER_HOST": f"unix://{folder}/no-docker",
        "LOG_LEVEL": os.environ.get("SENTISTACK_TESTBED_LOG", "CRITICAL"),
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": KEY,
        "AWS_DEFAULT_REGION": REGION,
        "MOTO_ACCOUNT_ID": ACCOUNT,
    })
