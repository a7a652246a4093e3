"""What the page shows is what the tables say: over real posts where they are there, and over the sample."""

import decimal

from .support import AIRLINE, PageTest, Root, Served

LABELS = ["positive", "negative", "neutral", "mixed"]


def percent(share):
    """As JavaScript rounds: what is half-way goes up."""
    return f"{decimal.Decimal(share * 100).quantize(decimal.Decimal('0.1'), decimal.ROUND_HALF_UP)} %"


def thousandths(score):
    return str(decimal.Decimal(score).quantize(decimal.Decimal("0.001"), decimal.ROUND_HALF_UP))


class Figures(PageTest):
    @classmethod
    def setUpClass(cls):
        cls.root = Root()
        cls.addClassCleanup(cls.root.close)
        cls.sample = cls.root.run("--source", "sample")
        cls.airline = None
        if AIRLINE.is_file():
            cls.airline = cls.root.run("--input", AIRLINE)
        else:
            print(f"    airline: skipped, {AIRLINE} is not there")
        cls.served = Served(cls.root)
        cls.addClassCleanup(cls.served.close)

    def runs(self):
        return [run for run in (self.airline, self.sample) if run]

    def test_gauges_total_and_ring_are_those_of_the_tables(self):
        for run in self.runs():
            with self.subTest(run["topic"]):
                where = f"FROM tweet WHERE run_id = '{run['run_id']}'"
                counts = dict(self.root.sql(f"SELECT label, count(*) {where} AND label IS NOT NULL GROUP BY 1"))
                scored = sum(counts.values())
                [averages] = self.root.sql(f"SELECT {', '.join(f'avg({label})' for label in LABELS)} {where}")
                seen = self.see(f"{self.served.url}?run={run['run_id']}").shown()
                for label in LABELS:
                    self.assertEqual(seen.text(f"#share_{label} .share"), percent(counts.get(label, 0) / scored))
                self.assertEqual(seen.text("#total .big"), f"{run['tweets']:,}")
                told = seen.page.locator("#average_scores .legend b").all_inner_texts()
                self.assertEqual(told, [thousandths(average) for average in averages])
                self.assertEqual(seen.text("h1"), run["topic"])

    def test_every_window_is_in_the_tables_beside_the_charts(self):
        for run in self.runs():
            with self.subTest(run["topic"]):
                rows = self.root.sql(
                    "SELECT substr(window_time, 1, 16), count_tweets, avg_positive, perc_tweet_negative FROM sentiment "
                    f"WHERE run_id = '{run['run_id']}' ORDER BY 1")
                self.assertEqual(len(rows), run["windows"])
                seen = self.see(f"{self.served.url}?run={run['run_id']}").shown()
                told = {name: self.table(seen, name) for name in ("tweets_by_window", "timeline", "share_over_time")}
                for time, tweets, positive, negative in rows:
                    time = time.replace("T", " ")
                    self.assertEqual(told["tweets_by_window"][time][0], f"{tweets:,}")
                    self.assertEqual(told["timeline"][time][0], "–" if positive is None else thousandths(positive))
                    if negative is not None:
                        self.assertTrue(told["share_over_time"][time][1].startswith(f"{percent(negative)} ("))

    @staticmethod
    def table(seen, name):
        """The rows of the table beside a chart, by the beginning of their window."""
        seen.page.locator(f"#{name} summary").click()
        seen.page.wait_for_selector(f"#{name} details table tbody tr")
        rows = seen.page.evaluate(
            "(name) => [...document.querySelectorAll(`#${name} details tbody tr`)].map((row) => "
            "[...row.children].map((cell) => cell.textContent))", name)
        return {row[0][:16]: row[1:] for row in rows}

    def test_the_most_telling_tweets_are_the_surest_ones_with_safe_links(self):
        run = self.runs()[0]
        rows = self.root.sql(
            f"SELECT text, max(positive, negative, neutral, mixed), post_url FROM tweet WHERE run_id = '{run['run_id']}' "
            "AND label IS NOT NULL ORDER BY 2 DESC, created_at DESC, tweet_id LIMIT 100")
        seen = self.see(f"{self.served.url}?run={run['run_id']}").shown()
        seen.page.click("#telling .more")
        self.assertEqual(seen.page.locator("#telling tbody tr").count(), 100)
        told = seen.page.locator("#telling td.tweet p").all_text_contents()
        self.assertEqual(told, [text for text, _, _ in rows])
        for link in seen.page.locator("#telling tbody a").all()[:5]:
            self.assertEqual(link.get_attribute("rel"), "noopener noreferrer")
            self.assertTrue(link.get_attribute("href").startswith("https://"))

    def test_languages_and_stages_are_those_of_the_tables(self):
        for run in self.runs():
            with self.subTest(run["topic"]):
                where = f"WHERE run_id = '{run['run_id']}'"
                langs = self.root.sql(f"SELECT COALESCE(lang, 'none'), count(*) FROM tweet {where} GROUP BY 1 ORDER BY 2 DESC, 1")
                stages = self.root.sql(f"SELECT stage, seconds FROM run_stage {where} ORDER BY finished_at")
                seen = self.see(f"{self.served.url}?run={run['run_id']}").shown()
                seen.page.wait_for_selector("#langs tbody tr")
                told = seen.page.evaluate(
                    "() => [...document.querySelectorAll('#langs tbody tr')].map((row) => "
                    "[...row.children].slice(0, 2).map((cell) => cell.textContent))")
                self.assertEqual(told, [[lang, f"{count:,}"] for lang, count in langs[:50]])
                seen.page.wait_for_selector("#run_stages tbody tr")
                told = seen.page.evaluate(
                    "() => [...document.querySelectorAll('#run_stages tbody tr')].map((row) => "
                    "[row.children[2].textContent, Number(row.children[4].textContent), row.children[5].textContent])")
                self.assertEqual([name.lower() for name, _, _ in told], ["ingest", "score", "transform", "load", "report"])
                self.assertEqual({cost for _, _, cost in told}, {"$0.00"})
                for name, seconds, _ in told:
                    self.assertAlmostEqual(seconds, dict(stages)[name.lower()], delta=0.051)

    def test_another_run_is_picked_and_the_address_keeps_it(self):
        seen = self.see(self.served.url).shown()
        newest = self.runs()[0]
        self.assertEqual(seen.text("#total .big"), f"{newest['tweets']:,}")
        seen.page.select_option("#run", self.sample["run_id"])
        seen.page.locator("#total .big", has_text=f"{self.sample['tweets']:,}").wait_for()
        self.assertEqual(seen.text("h1"), "sample")
        self.assertTrue(seen.page.locator("#synthetic").is_visible())
        if newest is not self.sample:
            self.assertIn(self.sample["run_id"], seen.page.url)
            seen.page.reload()
            seen.shown()
            self.assertEqual(seen.text("#total .big"), f"{self.sample['tweets']:,}")
            seen.page.select_option("#run", "")
            everything = sum(run["tweets"] for run in self.runs())
            seen.page.locator("#total .big", has_text=f"{everything:,}").wait_for()

    def test_filters_of_tweets_and_of_time_hold(self):
        run = self.sample["run_id"]
        seen = self.see(f"{self.served.url}?run={run}").shown()
        before = seen.turn()
        seen.page.select_option("#label", "mixed")
        seen.shown(before + 1)
        labels = seen.page.locator("#telling tbody td:nth-child(2)").all_inner_texts()
        self.assertEqual(set(labels), {"Mixed"})
        seen.page.select_option("#span", "6")
        seen.shown(before + 2)
        [[last]] = self.root.sql(f"SELECT max(window_time) FROM sentiment WHERE run_id = '{run}'")
        [[tweets, windows]] = self.root.sql(
            "SELECT sum(count_tweets), count(*) FROM sentiment WHERE run_id = "
            f"'{run}' AND julianday(window_time) > julianday('{last}') - 0.25 + 0.0001")
        self.assertEqual(seen.text("#total .big"), f"{tweets:,}")
        self.assertEqual(windows, 24)

    def test_a_window_is_clicked_and_its_tweets_are_read(self):
        run = self.runs()[0]["run_id"]
        seen = self.see(f"{self.served.url}?run={run}").shown()
        [[start, count]] = self.root.sql(
            f"SELECT window_time, count_tweets FROM sentiment WHERE run_id = '{run}' ORDER BY 2 DESC LIMIT 1")
        texts = [text for [text] in self.root.sql(
            f"SELECT text FROM tweet WHERE run_id = '{run}' AND julianday(created_at) >= julianday('{start}') - 1e-9 AND "
            f"julianday(created_at) < julianday('{start}', '+15 minutes') - 1e-9 ORDER BY created_at, tweet_id LIMIT 500")]
        chart = seen.page.locator("#tweets_by_window .chart")
        chart.scroll_into_view_if_needed()
        x = chart.evaluate(
            "(e, time) => window.echarts.getInstanceByDom(e).convertToPixel({ xAxisIndex: 0 }, Date.parse(time))", start)
        chart.click(position={"x": x, "y": 150})
        seen.page.wait_for_selector("#reader[open] .post")
        self.assertEqual(seen.text("#reader-h")[:16], start[:16].replace("T", " "))
        self.assertIn(f"{count:,} tweets", seen.text("#reader-about"))
        told = seen.page.locator("#reader .post p[dir]").all_text_contents()
        short = [text for text in texts if len(text) <= 600]
        self.assertEqual([text for text in told if not text.endswith(" …")], short)
        self.assertEqual(seen.axe(), [])
        seen.picture("reader")
        seen.page.keyboard.press("Escape")
        self.assertFalse(seen.page.locator("#reader").is_visible())

    def test_the_whole_page_is_light_and_asked_for_once(self):
        seen = self.see(self.served.url).shown()
        sizes = seen.page.evaluate(
            "() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
            ".filter((e) => !e.name.includes('/api/')).map((e) => e.transferSize)")
        self.assertGreater(sum(sizes), 300_000)
        self.assertLess(sum(sizes), 600_000)
        seen.page.reload()
        seen.shown()
        again = seen.page.evaluate(
            "() => performance.getEntriesByType('resource').filter((e) => e.name.includes('/assets/'))"
            ".map((e) => e.transferSize)")
        self.assertEqual(sum(again), 0)
