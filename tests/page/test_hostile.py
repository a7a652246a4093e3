"""Posts are written by anybody: whatever is in one is shown as text, on the page, in the report, in the word cloud."""

import json
import pathlib
import xml.etree.ElementTree

from .support import PageTest, Root, Served

LONG = "a" * 100_000
HOSTILE = [
    "<script>alert('script')</script> was great, I love it",
    "<img src=x onerror=alert('image')> was terrible, I hate it",
    "\"><svg onload=alert(1)> 'single' &amp; &lt;b&gt; was great",
    f"great {LONG} great",
    "\u202egnihtemos\u202c right to left \u2067\u05e9\u05dc\u05d5\u05dd\u2069 great \u200f\u200e",
    "zero\u200dwidth\u200djoiners \U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 great \ufeff",
    "javascript:alert(1) https://evil.example/<b>x</b> {a|rich} ${run:sqlstring} $__timeFrom() great",
    "]]></text><script>alert(2)</script> terrible terrible",
    "<script>alert(3)</script>\n\n\n\nlines \t and tabs \u2028 great",
]


class Hostile(PageTest):
    @classmethod
    def setUpClass(cls):
        cls.root = Root()
        cls.addClassCleanup(cls.root.close)
        cls.posts = cls.root.home / "<img src=x onerror=alert(1)>.jsonl"
        lines = []
        for number in range(90):
            lines.append(json.dumps({
                "id": f"{number}\"><script>alert(4)</script>",
                "created_at": f"2026-03-01T10:{number // 2:02}:{number % 2 * 30:02}Z",
                "text": HOSTILE[number % len(HOSTILE)] + ("" if number < len(HOSTILE) else f" again {number}"),
                "lang": "en" if number % 10 else "<i>e",
                "author": {"id": str(number), "username": "<script>alert(5)</script>", "name": "\u202ex"},
                "author_id": str(number),
            }))
        cls.posts.write_text("\n".join(lines) + "\n")
        cls.run_ = cls.root.run("--input", cls.posts, "--privacy", "keep", "--max-rejected", "100%", "--lang", "all")
        cls.served = Served(cls.root)
        cls.addClassCleanup(cls.served.close)

    def quiet(self, seen, scripts=0):
        """Nothing of a post became an element; so many scripts are in the page itself."""
        found = seen.page.evaluate(
            "() => [document.querySelectorAll('script:not([src])').length, "
            "document.querySelectorAll('img, iframe, object, embed, b b, i, [onload], [onerror]').length]")
        self.assertEqual(found, [scripts, 0])

    @staticmethod
    def open_all(seen, buttons):
        """Asks for the whole of every long text: a button goes with its click."""
        while seen.page.locator(buttons).count():
            seen.page.locator(buttons).first.click()

    def test_the_page_shows_texts_as_they_are(self):
        stored = {text for [text] in self.root.sql("SELECT text FROM tweet")}
        seen = self.see(self.served.url).shown()
        more = seen.page.locator("#telling .more")
        if more.count():
            more.click()
        self.open_all(seen, "#telling td.tweet button")
        told = set(seen.page.locator("#telling td.tweet p").all_text_contents())
        self.assertTrue(told <= stored)
        for text in HOSTILE[:3]:
            self.assertIn(text, told)
        self.quiet(seen)
        seen.page.locator("#tweets_by_window summary").click()
        seen.page.locator("#tweets_by_window tbody button").first.click()
        seen.page.wait_for_selector("#reader[open] .post")
        self.open_all(seen, "#reader .post button")
        told = set(seen.page.locator("#reader .post p[dir]").all_text_contents())
        self.assertTrue(told <= stored)
        self.assertTrue(any(len(text) > 60_000 for text in told), "the long word is there, whole")
        self.quiet(seen)
        wide = seen.page.evaluate("() => { const e = document.getElementById('reader-body'); return e.scrollWidth - e.clientWidth; }")
        self.assertLessEqual(wide, 1)
        seen.picture("hostile")

    def test_a_long_or_bidirectional_word_moves_nothing(self):
        for width in (1280, 400):
            seen = self.see(self.served.url, width=width).shown()
            self.assertLessEqual(seen.page.evaluate("() => document.documentElement.scrollWidth"), width)
            self.assertLess(seen.page.evaluate("() => document.querySelector('#telling').offsetHeight"), 9_000)

    def test_report_and_word_cloud_show_them_as_text(self):
        report = pathlib.Path(self.run_["outputs"]["report"])
        seen = self.see(report.as_uri())
        self.quiet(seen, scripts=1)
        for svg in report.parent.glob("*.svg"):
            tree = xml.etree.ElementTree.parse(svg)
            names = {element.tag.rsplit("}", 1)[-1] for element in tree.iter()}
            self.assertFalse(names & {"script", "image", "foreignObject", "a"}, svg)
        seen.page.wait_for_timeout(200)

    def test_links_lead_to_the_web_or_nowhere(self):
        rows = self.root.sql("SELECT DISTINCT post_url FROM tweet WHERE post_url IS NOT NULL")
        seen = self.see(self.served.url).shown()
        links = seen.page.evaluate("() => [...document.querySelectorAll('main a')].map((a) => a.getAttribute('href'))")
        for href in links:
            self.assertTrue(href.startswith(("https://", "http://")), href)
        self.assertTrue(rows or not links)
