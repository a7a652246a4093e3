"""Windows without a scored tweet, windows that are not there, addresses that are no links: what is shown, and what is said."""

import json
import sqlite3

from .support import PageTest, Root, Served

# Nine o'clock, one at ten that is not scored, and two at noon.
WINDOWS = [("09:00", "en", 3), ("10:00", "de", 2), ("12:00", "en", 4), ("12:15", "en", 2)]


class Gaps(PageTest):
    @classmethod
    def setUpClass(cls):
        cls.root = Root()
        cls.addClassCleanup(cls.root.close)
        posts = cls.root.home / "posts.jsonl"
        with open(posts, "w", encoding="utf-8") as file:
            for start, lang, count in WINDOWS:
                for number in range(count):
                    text = "terrible, never again" if number == 0 else "great, thank you"
                    post = {"id": f"{start}-{number}", "created_at": f"2026-03-01T{start}:0{number}Z", "lang": lang, "text": text}
                    file.write(json.dumps(post) + "\n")
        cls.root.run("--input", posts, "--topic", "gaps")
        warehouse = sqlite3.connect(cls.root.root / "warehouse.sqlite")
        addresses = ["javascript:alert(1)", "data:text/html,<script>alert(2)</script>", "HTTPS://example.com/Of-A-Post"]
        with warehouse:
            rows = [row for row, in warehouse.execute("SELECT row FROM tweet_data WHERE lang = 'en' ORDER BY row")]
            for row, address in zip(rows, addresses, strict=False):
                warehouse.execute("UPDATE tweet_data SET post_url = ? WHERE row = ?", (address, row))
        warehouse.close()
        cls.served = Served(cls.root)
        cls.addClassCleanup(cls.served.close)

    def data(self, seen, chart):
        return seen.page.evaluate(
            f"() => window.echarts.getInstanceByDom(document.querySelector('#{chart} .chart'))"
            ".getOption().series[0].data.map((p) => [p.value ?? p, p.symbol ?? null])"
            ".map(([[at, value], symbol]) => [new Date(at).toISOString().slice(11, 16), value, symbol])")

    def test_a_line_is_broken_where_there_is_nothing(self):
        seen = self.see(self.served.url).shown()
        points = [[at, value is not None, symbol] for at, value, symbol in self.data(seen, "timeline")]
        self.assertEqual(points, [["09:00", True, "circle"], ["09:15", False, None], ["10:00", False, None],
                                  ["10:15", False, None], ["12:00", True, None], ["12:15", True, None]])
        shares = [at for at, value, _ in self.data(seen, "share_over_time") if value is not None]
        self.assertEqual(shares, ["09:00", "12:00", "12:15"])
        seen.picture("gaps", full_page=True)

    def test_keys_open_the_window_that_they_say(self):
        for chart in ("share_over_time", "timeline", "tweets_by_window"):
            seen = self.see(self.served.url).shown()
            seen.page.locator(f"#{chart} .chart").focus()
            seen.page.keyboard.press("End")
            seen.page.keyboard.press("ArrowLeft")
            self.assertIn("12:00", seen.text("#said"), chart)
            seen.page.keyboard.press("Enter")
            seen.page.wait_for_selector("#reader[open] .post")
            self.assertEqual(seen.text("#reader-h"), "2026-03-01 12:00 – 12:15 UTC", chart)
            self.assertEqual(seen.text("#reader-about"), "4 tweets, the oldest first")
        seen = self.see(f"{self.served.url}?label=negative").shown()
        seen.page.locator("#timeline .chart").focus()
        seen.page.keyboard.press("End")
        seen.page.keyboard.press("ArrowLeft")
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_selector("#reader[open] .post")
        self.assertEqual(seen.text("#reader-about"), "1 of 4 tweets, of what is chosen, the oldest first")

    def test_only_the_web_is_linked_to(self):
        seen = self.see(self.served.url).shown()
        links = "() => [...document.querySelectorAll('a[target]')].map((a) => a.getAttribute('href'))"
        self.assertEqual(seen.page.evaluate(links), ["https://example.com/Of-A-Post"])
        # As it is, should a query ever let another one through.
        made = seen.page.evaluate(
            "async () => { const { link } = await import(document.querySelector('script[src*=\"main\"]').src.replace('main.js', 'table.js'));"
            " return ['javascript:alert(1)', 'data:text/html,x', 'https://example.com/', 'no address', null].map((a) => link(a)?.href ?? null); }")
        self.assertEqual(made, [None, None, "https://example.com/", None, None])


class Many(PageTest):
    """More windows that are not complete than are given: of those after the last one nothing is known."""

    def test_what_is_not_known_to_be_complete_is_not_called_so(self):
        root = Root()
        self.addCleanup(root.close)
        posts = root.home / "posts.jsonl"
        post = {"id": "1", "created_at": "2026-01-21T19:50:00Z", "lang": "en", "text": "great, thank you"}
        posts.write_text(json.dumps(post), encoding="utf-8")
        for topic in "abcdef":
            root.run("--input", posts, "--topic", topic, "--start", "2026-01-01", "--end", "2026-01-21T20:00:00Z")
        self.assertEqual(root.sql("SELECT status, count(*) FROM sentiment GROUP BY 1 ORDER BY 1"),
                         [["complete", 6], ["empty", 6 * 1999]])
        served = Served(root)
        self.addCleanup(served.close)
        seen = self.see(f"{served.url}?run=").shown()
        self.assertIn("10,000 or more", seen.text("#facts"))
        seen.page.locator("#tweets_by_window summary").click()
        said = seen.page.evaluate(
            "() => [...document.querySelectorAll('#tweets_by_window tbody tr')].map((row) => row.cells[2].textContent)")
        self.assertEqual((len(said), said[0], said[-1]), (2000, "empty", "–"))
