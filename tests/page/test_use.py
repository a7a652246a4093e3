"""Looks, keys, screen readers, and who may ask."""

import http.client
import urllib.parse

from .support import PageTest, Root, Served


class Use(PageTest):
    @classmethod
    def setUpClass(cls):
        cls.root = Root()
        cls.addClassCleanup(cls.root.close)
        cls.sample = cls.root.run("--source", "sample", "--limit", "12000", "--max-per-window", "60")
        cls.served = Served(cls.root)
        cls.addClassCleanup(cls.served.close)

    def test_nothing_is_cut_off_at_any_width_and_axe_finds_nothing_serious(self):
        for width in (1280, 1920, 400):
            for scheme in ("light", "dark"):
                with self.subTest(width=width, scheme=scheme):
                    seen = self.see(self.served.url, width=width, color_scheme=scheme).shown()
                    for summary in seen.page.locator("figure summary").all():
                        summary.click()
                    wide = seen.page.evaluate(
                        "() => [...document.querySelectorAll('body, h1, h2, .tile, figure, .card, .share, .big, dd, label')]"
                        ".filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline' "
                        "&& !e.closest('.sr')).map((e) => e.outerHTML.slice(0, 120))")
                    self.assertEqual(wide, [])
                    self.assertLessEqual(seen.page.evaluate("() => document.documentElement.scrollWidth"), width)
                    # On a laptop no table has to be pushed aside.
                    if width >= 1280:
                        aside = seen.page.evaluate(
                            "() => [...document.querySelectorAll('.rows')].filter((e) => e.scrollWidth > e.clientWidth)"
                            ".map((e) => e.closest('[id]').id)")
                        self.assertEqual(aside, [])
                    self.assertEqual(seen.axe(), [])
                    for summary in seen.page.locator("figure summary").all():
                        summary.click()
                    seen.page.wait_for_selector("#langs tbody tr")
                    seen.picture(f"page-{width}-{scheme}", full_page=True)

    def test_dark_is_followed_chosen_and_remembered(self):
        back = "() => getComputedStyle(document.body).backgroundColor"
        seen = self.see(self.served.url, color_scheme="dark").shown()
        self.assertEqual(seen.page.evaluate(back), "rgb(15, 19, 24)")
        self.assertEqual(seen.text("#theme"), "Light theme")
        seen.page.click("#theme")
        self.assertEqual(seen.page.evaluate(back), "rgb(246, 247, 249)")
        seen.page.reload()
        self.assertEqual(seen.page.evaluate(back), "rgb(246, 247, 249)")
        seen.shown().page.click("#theme")
        self.assertEqual(seen.page.evaluate(back), "rgb(15, 19, 24)")

    def test_charts_are_of_the_theme(self):
        seen = self.see(self.served.url).shown()
        colour = ("() => window.echarts.getInstanceByDom(document.querySelector('#timeline .chart'))"
                  ".getOption().series[0].itemStyle.color")
        light = seen.page.evaluate(colour)
        seen.page.click("#theme")
        self.assertEqual((light, seen.page.evaluate(colour)), ("#0c72b6", "#3aa0ea"))

    def test_everything_can_be_done_with_keys(self):
        seen = self.see(self.served.url).shown()
        keys = seen.page.keyboard
        keys.press("Tab")
        self.assertEqual(self.focused(seen), "skip")
        keys.press("Enter")
        self.assertEqual(self.focused(seen), "main")
        order = []
        for _ in range(40):
            keys.press("Tab")
            order.append(self.focused(seen))
            if order[-1] == "tweets_by_window":
                break
        self.assertEqual(order[-1], "tweets_by_window", order)
        for key in ("Home", "ArrowRight", "ArrowRight"):
            keys.press(key)
        [[start, tweets]] = self.root.sql("SELECT window_time, count_tweets FROM sentiment ORDER BY 1 LIMIT 1 OFFSET 2")
        self.assertIn(f"{start[:16].replace('T', ' ')}", seen.text("#said"))
        self.assertIn(f"{tweets:,} tweets", seen.text("#said"))
        keys.press("Enter")
        seen.page.wait_for_selector("#reader[open]")
        self.assertEqual(self.focused(seen), "reader")
        self.assertIn(start[:16].replace("T", " "), seen.text("#reader-h"))
        keys.press("Escape")
        self.assertEqual(self.focused(seen), "tweets_by_window")
        self.assertFalse(seen.page.locator("#reader").is_visible())

    @staticmethod
    def focused(seen):
        """The part of the page that has the focus."""
        return seen.page.evaluate(
            "() => { const e = document.activeElement; "
            "return e.className === 'skip' ? 'skip' : (e.closest('dialog, figure, section, main, form, header') ?? e).id; }")

    def test_windows_that_are_not_complete_are_marked(self):
        capped = self.root.sql("SELECT window_time, count_tweets FROM sentiment WHERE status = 'capped' ORDER BY 1")
        self.assertGreater(len(capped), 3)
        seen = self.see(self.served.url).shown()
        self.assertEqual(seen.page.locator("#windows tbody tr").count(), len(capped))
        self.assertEqual(seen.text("#windows tbody tr:first-child .status"), "capped")
        marked = seen.page.evaluate(
            "() => window.echarts.getInstanceByDom(document.querySelector('#tweets_by_window .chart')).getOption()"
            ".series[0].data.filter((d) => d.itemStyle).map((d) => [d.value[0], d.value[2]])")
        self.assertEqual([status for _, status in marked], ["capped"] * len(capped))

    def test_a_run_that_is_not_there_is_said_in_words(self):
        seen = self.see(f"{self.served.url}?run=20200101T000000Z-000000").shown()
        # The picker holds what there is.
        self.assertEqual(seen.page.locator("#run").input_value(), self.sample["run_id"])

    def ask(self, method="GET", path="/", **headers):
        where = urllib.parse.urlsplit(self.served.url)
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=30)
        connection.putrequest(method, path, skip_host=True)
        headers.setdefault("Host", where.netloc)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer, body

    def test_only_this_page_on_this_machine_is_answered_and_only_reading(self):
        port = urllib.parse.urlsplit(self.served.url).port
        for wanted, given in [
            (200, {}),
            (200, {"Host": f"localhost:{port}"}),
            (403, {"Host": "evil.example"}),
            (403, {"Host": f"evil.example:{port}"}),
            (403, {"Origin": "https://evil.example"}),
            (403, {"Origin": "null"}),
            (403, {"Sec_Fetch_Site": "cross-site"}),
            (200, {"Sec_Fetch_Site": "same-origin"}),
            (405, {"method": "POST"}),
            (405, {"method": "OPTIONS"}),
            (404, {"path": "/assets/../../../etc/passwd"}),
            (404, {"path": "/api/panels/nothing"}),
            (400, {"path": "/api/panels/total?sql=SELECT"}),
            (400, {"path": "/api/events?run=../../x"}),
        ]:
            answer, _ = self.ask(**given)
            self.assertEqual(answer.status, wanted, given)
            self.assertIn("default-src 'none'", answer.headers["content-security-policy"])
            self.assertNotIn("unsafe", answer.headers["content-security-policy"])
            self.assertEqual(answer.headers["x-content-type-options"], "nosniff")
            self.assertEqual(answer.headers["referrer-policy"], "no-referrer")
            self.assertIsNone(answer.headers["access-control-allow-origin"])

    def test_a_value_is_never_sql(self):
        for value in ["'", "''", "x') OR 1=1 --", "\\", "*/", "${run:sqlstring}", "$__timeFrom()", "%00"]:
            given = value if value == "%00" else urllib.parse.quote(value)
            answer, body = self.ask(path=f"/api/panels/total?model=embedded&topic={given}")
            if answer.status == 200:
                self.assertIn(b'"rows":[[0]]', body, value)
            else:
                self.assertEqual((answer.status, value), (400, "%00"))
