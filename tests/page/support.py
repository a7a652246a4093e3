"""The real tool, its page in a real Chromium, and what every test holds the page to."""

import atexit
import functools
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import urllib.parse

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

TOOL = os.environ["SENTISTACK_TEST_TOOL"]
# Where pictures of the page are left for people to look at.
PICTURES = pathlib.Path(os.environ.get("SENTISTACK_TEST_PICTURES") or tempfile.mkdtemp())
AIRLINE = pathlib.Path(__file__).resolve().parents[3] / "shared/data/tweets/airline-2015-02.jsonl.gz"
# Milliseconds for what should be there at once: long enough for a busy machine.
PATIENCE = 60_000


def environment(home):
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}


def tool(home, *arguments, **options):
    """Runs the tool and gives its JSON."""
    done = subprocess.run([TOOL, *map(str, arguments), "-o", "json"], cwd=home, env=environment(home),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, **options)
    if done.returncode:
        raise AssertionError(f"{arguments} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return json.loads(done.stdout)


class Root:
    """A folder of runs that goes with its owner."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="sentistack-page-")
        self.home = pathlib.Path(self.folder.name)
        self.root = self.home / "data"

    def run(self, *arguments, **options):
        return tool(self.home, "pipeline", "run", "--root", self.root, *arguments, **options)

    def sql(self, statement):
        return tool(self.home, "sql", "--root", self.root, statement)["rows"]

    def close(self):
        self.folder.cleanup()


class Served:
    """`sentistack dashboard` over a root."""

    def __init__(self, root, *arguments):
        command = [TOOL, "dashboard", "--root", root.root, "--port", "0", "--no-open", "-o", "ndjson", *arguments]
        self.process = subprocess.Popen(list(map(str, command)), cwd=root.home, env=environment(root.home),
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = json.loads(self.process.stdout.readline())["url"]

    def close(self):
        """Ends it as Ctrl-C does; its exit code."""
        self.process.terminate()
        code = self.process.wait(30)
        self.process.stdout.close()
        return code


@functools.lru_cache(maxsize=None)
def chromium():
    playwright = sync_playwright().start()
    program = shutil.which("chromium")
    # Tests may run as root, where Chromium has no sandbox. All that it opens is ours.
    browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
    atexit.register(stop, playwright, browser)
    return browser


def stop(playwright, browser):
    browser.close()
    playwright.stop()


class Seen:
    """A page, and everything that it asked for or complained of."""

    def __init__(self, url, width=1280, height=900, **options):
        options.setdefault("reduced_motion", "reduce")
        self.origin = urllib.parse.urlsplit(url).netloc
        self.context = chromium().new_context(viewport={"width": width, "height": height}, **options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.requests, self.complaints = [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("dialog", self.dialog)
        self.page.goto(url)

    def dialog(self, dialog):
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def shown(self, turn=1):
        """Waits until the figures were shown so many times."""
        before = self.page.locator("html").get_attribute("data-shown")
        if before is None or int(before) < turn:
            self.page.wait_for_selector(":is(" + ",".join(f'html[data-shown="{n}"]' for n in range(turn, turn + 20)) + ")",
                                        state="attached")
        return self

    def turn(self):
        return int(self.page.locator("html").get_attribute("data-shown"))

    def text(self, selector):
        return self.page.locator(selector).inner_text()

    def picture(self, name, **options):
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", **options)

    def axe(self):
        """What axe finds that is serious."""
        found = Axe().run(self.page).response["violations"]
        return [f"{v['id']}: {n['html'][:200]} {n.get('failureSummary')}" for v in found
                if v["impact"] in ("serious", "critical") for n in v["nodes"]]

    def close(self, test):
        """Nothing was asked of anybody else, and nothing went wrong."""
        self.context.close()
        test.assertEqual(self.complaints, [])
        for url in self.requests:
            split = urllib.parse.urlsplit(url)
            ours = split.scheme in ("data", "blob") or split.netloc == self.origin
            test.assertTrue(ours or split.scheme == "file", url)


class PageTest(unittest.TestCase):
    def see(self, url, **options):
        seen = Seen(url, **options)
        self.addCleanup(seen.close, self)
        return seen
