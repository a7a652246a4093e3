"""A page that is open while a run begins, goes on and ends, and when its server does."""

import json
import subprocess
import time

from .support import TOOL, PageTest, Root, Served, environment, tool


def posts(begin, count):
    for number in range(begin, begin + count):
        minute = number // 20
        yield json.dumps({"id": str(number), "created_at": f"2026-03-01T{10 + minute // 60}:{minute % 60:02}:00Z",
                          "text": f"number {number} was {'great, thank you' if number % 3 else 'terrible, never again'}"}) + "\n"


class Live(PageTest):
    def setUp(self):
        self.root = Root()
        self.addCleanup(self.root.close)
        self.served = Served(self.root)
        self.addCleanup(self.served.close)

    def begin(self, *arguments):
        command = [TOOL, "pipeline", "run", "--root", self.root.root, "--input", "-", "--topic", "live", *arguments]
        run = subprocess.Popen(list(map(str, command)), cwd=self.root.home, env=environment(self.root.home), text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.end, run)
        return run

    @staticmethod
    def end(run):
        run.kill()
        run.wait()
        run.stdin.close()

    def test_a_run_is_seen_from_its_beginning_to_its_figures(self):
        seen = self.see(self.served.url)
        seen.page.get_by_role("heading", name="No runs yet").wait_for()
        run = self.begin()
        for part in range(4):
            run.stdin.writelines(posts(part * 600, 600))
            run.stdin.flush()
            time.sleep(0.4)
        seen.page.locator("#state.running").wait_for()
        seen.page.locator("#progress").wait_for()
        self.assertEqual(seen.text("#stages [aria-current]"), "Ingest")
        seen.picture("progress")
        run.stdin.close()
        self.assertEqual(run.wait(120), 0)
        # Without a word from anybody here.
        seen.page.locator("#total .big", has_text="2,400").wait_for()
        seen.page.locator("#state.finished").wait_for()
        self.assertFalse(seen.page.locator("#progress").is_visible())
        [[share]] = self.root.sql("SELECT avg(label = 'positive') FROM tweet")
        self.assertEqual(seen.text("#share_positive .share"), f"{share * 100:.1f} %")

    def test_another_model_comes_in_without_a_reload_and_is_not_added_up(self):
        self.root.run("--source", "sample", "--limit", "3000", "--run-id", "first")
        seen = self.see(self.served.url).shown()
        self.assertEqual(seen.page.locator("#models tbody tr").count(), 1)
        turn = seen.turn()
        tool(self.root.home, "pipeline", "score", "first", "--root", self.root.root, "--model", "vader")
        seen.shown(turn + 1)
        seen.page.locator("#models tbody tr:nth-child(2)").wait_for()
        self.assertEqual(seen.text("#total .big"), "3,000")
        self.assertEqual(seen.page.locator("#model").input_value(), "embedded")
        seen.page.select_option("#model", "vader")
        seen.shown(seen.turn() + 1)
        self.assertEqual(seen.text("#total .big"), "3,000")

    def test_a_run_that_another_model_came_before_is_shown_by_its_own(self):
        self.root.run("--source", "sample", "--limit", "1000", "--run-id", "first", "--model", "vader")
        seen = self.see(self.served.url).shown()
        self.assertEqual(seen.page.locator("#model").input_value(), "vader")
        run = self.begin()
        run.stdin.writelines(posts(0, 600))
        run.stdin.flush()
        # Before it has tables.
        seen.page.locator("#newer button").click()
        seen.page.locator("#state.running").wait_for()
        seen.shown(seen.turn())
        run.stdin.close()
        self.assertEqual(run.wait(120), 0)
        seen.page.locator("#total .big", has_text="600").wait_for()
        self.assertEqual(seen.page.locator("#model").input_value(), "embedded")

    def test_a_newer_run_is_offered_and_not_forced(self):
        self.root.run("--source", "sample", "--limit", "3000", "--run-id", "first")
        seen = self.see(self.served.url).shown()
        self.root.run("--source", "sample", "--limit", "2000", "--run-id", "second", "--topic", "other")
        offer = seen.page.locator("#newer button")
        offer.wait_for()
        self.assertEqual(seen.text("#total .big"), "3,000")
        offer.click()
        seen.page.locator("#total .big", has_text="2,000").wait_for()
        self.assertEqual(seen.text("h1"), "other")

    def test_a_look_that_failed_is_not_taken_for_new_tables(self):
        self.root.run("--source", "sample", "--limit", "2000", "--run-id", "first")
        seen = self.see(f"{self.served.url}?run=first").shown()
        seen.page.locator("#state.finished").wait_for()
        before = len(seen.requests)
        manifest = self.root.root / "runs/first/manifest.json"
        text = manifest.read_bytes()
        for _ in range(2):
            manifest.write_bytes(text[:20])
            seen.page.locator("#state.away").wait_for()
            manifest.write_bytes(text)
            seen.page.locator("#state.finished").wait_for()
        # Against Redshift each of them would be billed.
        self.assertEqual([url for url in seen.requests[before:] if "/api/panels/" in url], [])

    def test_what_came_live_stands_beside_what_came_in_windows(self):
        run = self.root.run("--source", "sample", "--limit", "3000", "--topic", "windows")
        tool(self.root.home, "live", "run", "--local", "--root", self.root.root, "--limit", "500", "--topic", "live")
        live = tool(self.root.home, "live", "load", "--root", self.root.root)
        seen = self.see(f"{self.served.url}?run=").shown()
        rows = seen.page.locator("#sources tbody tr")
        told = [rows.nth(at).locator("th, td").all_inner_texts()[:3] for at in range(rows.count())]
        self.assertEqual(told, [["sample", "batch", f"{run['tweets']:,}"], ["sample", "live", str(live["tweets"])]])

    def test_messages_come_once_a_second_at_most(self):
        seen = self.see(self.served.url)
        seen.page.get_by_role("heading", name="No runs yet").wait_for()
        seen.page.evaluate(
            "() => { window.heard = []; const s = new EventSource('/api/events'); "
            "s.addEventListener('look', () => window.heard.push(performance.now())); }")
        run = self.begin()
        for part in range(10):
            run.stdin.writelines(posts(part * 600, 600))
            run.stdin.flush()
            time.sleep(0.3)
        run.stdin.close()
        self.assertEqual(run.wait(120), 0)
        seen.page.locator("#state.finished").wait_for()
        heard = seen.page.evaluate("() => window.heard")
        self.assertGreaterEqual(len(heard), 2)
        # A busy machine may bring two together, and then the one after them later.
        self.assertLessEqual(len(heard), (heard[-1] - heard[0]) / 1000 + 2)

    def test_the_server_ends_at_once_with_pages_open_and_the_page_says_so(self):
        self.root.run("--source", "sample", "--limit", "2000")
        seen = self.see(self.served.url).shown()
        seen.page.locator("#state.finished").wait_for()
        began = time.monotonic()
        self.assertEqual(self.served.close(), 0)
        self.assertLess(time.monotonic() - began, 5)
        seen.page.locator("#state.away").wait_for()
        # What the browser says of a server that is gone is no fault of the page.
        seen.complaints[:] = [c for c in seen.complaints if "ERR_" not in c]
