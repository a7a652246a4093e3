#!/usr/bin/env python3
"""Puts the jars by which Spark reads and writes S3 into FOLDER/jars. PyPI has them inside another package.

usage: spark_jars.py FOLDER        (with the interpreter whose pip is to be used)
"""

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile

PACKAGE = "sagemaker-pyspark==1.4.5"
# Hadoop's S3A of Spark's own version of Hadoop, near enough, and the SDK that it was built with.
JARS = {
    "hadoop-aws-3.3.1.jar": "6be50ad8a8b445d2802381b085b2a3ede5c29d353450a6a21f16b2fefa962b6e",
    "aws-java-sdk-bundle-1.11.901.jar": "b87175b32a16544cc1b37cf40390eb375833e62bed67f8ce6cde4b7ad6429ead",
}


def main():
    folder = os.path.join(sys.argv[1], "jars")
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--no-binary=:all:", "--dest", scratch, PACKAGE], check=True)
        (archive,) = os.listdir(scratch)
        with tarfile.open(os.path.join(scratch, archive)) as package:
            for member in package:
                name = os.path.basename(member.name)
                if name in JARS:
                    with open(os.path.join(folder, name), "wb") as file:
                        file.write(package.extractfile(member).read())
    for name, expected in JARS.items():
        with open(os.path.join(folder, name), "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != expected:
            sys.exit(f"{name} of {PACKAGE} is not the one that it was: {found}")


if __name__ == "__main__":
    main()
