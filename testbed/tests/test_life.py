"""How a test bed begins and ends: quickly, and without a trace."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

from . import support

# A parent that starts a test bed, tells of it, and waits to be killed.
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-m", "testbed", *sys.argv[1:]], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True)
print(child.pid, child.stdout.readline(), flush=True)
time.sleep(60)
"""


def gone(pid):
    """Waits until a process is no more, or only its record is."""
    for _ in range(200):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
                if stat.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def folders(pid):
    return [name for name in os.listdir(tempfile.gettempdir()) if name.startswith(f"sentistack-testbed-{pid}-")]


class Life(unittest.TestCase):
    def test_it_boots_within_ten_seconds_and_tells_where_it_is(self):
        bed = support.shared()
        self.assertLess(bed.boot_seconds, 10)
        self.assertTrue(bed.told["ready"])
        self.assertTrue(bed.told["env"]["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:"))
        bed.control("POST", "/reset")
        self.assertEqual(bed.client("sts").get_caller_identity()["Account"], "123456789012")
        began = time.monotonic()
        bed.control("POST", "/reset")
        self.assertLess(time.monotonic() - began, 1)

    def test_it_has_the_account_that_is_chosen_and_ends_with_its_input(self):
        env = {**os.environ, "SENTISTACK_TESTBED_ACCOUNT": "210987654321"}
        process = support.start("--json", env=env)
        self.addCleanup(process.kill)
        told = json.loads(process.stdout.readline())
        self.assertTrue(folders(process.pid))
        client = support.shared().session.create_client(
            "sts", region_name="us-east-1", endpoint_url=told["env"]["AWS_ENDPOINT_URL"],
            aws_access_key_id="testing", aws_secret_access_key="testing")
        self.assertEqual(client.get_caller_identity()["Account"], "210987654321")
        process.stdin.close()
        self.assertEqual(process.wait(10), 0)
        process.stdout.close()
        self.assertEqual(folders(process.pid), [])

    def test_it_dies_with_a_parent_that_is_killed(self):
        for arguments in (["--json"], []):
            parent = subprocess.Popen([sys.executable, "-c", PARENT, *arguments], cwd=support.ROOT,
                                      stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL)
            pid = int(parent.stdout.readline().split()[0])
            parent.send_signal(signal.SIGKILL)
            parent.wait()
            parent.stdout.close()
            self.assertTrue(gone(pid), arguments)
            self.assertEqual(folders(pid), [])

    def test_a_signal_ends_it_in_order(self):
        process = support.start(stderr=subprocess.DEVNULL)
        self.addCleanup(process.kill)
        self.assertIn("export AWS_ENDPOINT_URL=", process.stdout.readline())
        process.terminate()
        self.assertEqual(process.wait(10), 128 + signal.SIGTERM)
        process.stdin.close()
        process.stdout.close()
        self.assertEqual(folders(process.pid), [])

    def test_a_command_runs_inside_and_its_exit_code_is_ours(self):
        script = "import os, sys, urllib.request as u; u.urlopen(os.environ['SENTISTACK_TESTBED_CONTROL'] + " \
                 "'/health'); print(os.environ['AWS_ENDPOINT_URL'], os.environ.get('GATEWAY_PORT')); sys.exit(7)"
        done = subprocess.run([*support.COMMAND, "--", sys.executable, "-c", script], cwd=support.ROOT,
                              capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertRegex(done.stdout, r"^http://127\.0\.0\.1:\d+ None\n$")
        missing = subprocess.run([*support.COMMAND, "--", "no-such-program"], cwd=support.ROOT, capture_output=True,
                                 text=True, timeout=30)
        self.assertEqual(missing.returncode, 127)

    def test_a_signal_reaches_the_command(self):
        script = "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(9)); " \
                 "print('up', flush=True); time.sleep(30)"
        process = support.start("--", sys.executable, "-c", script)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), "up\n")
        process.terminate()
        self.assertEqual(process.wait(10), 9)
        process.stdin.close()
        process.stdout.close()

    def test_the_control_api_names_what_it_knows(self):
        with self.assertRaises(urllib.error.HTTPError) as caught:
            support.shared().control("GET", "/nothing")
        self.assertEqual(caught.exception.code, 404)
        self.assertIn("POST /reset", caught.exception.read().decode())
        caught.exception.close()
