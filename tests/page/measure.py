"""How fast the page is over the runs of a root, by hand: nothing here is a test.

    SENTISTACK_TEST_TOOL=target/release/sentistack PYTHON -m page.measure ROOT      (in the folder `tests`)

Prints, as JSON: milliseconds to the first paint and to the last figure; of each panel's query, the first and the median of
what follows, without the answers that the server keeps; resident memory of the server and the page's heap over 100
refreshes."""

import json
import pathlib
import statistics
import sys
import time
import urllib.request

from .support import Seen, Served

PANELS = ["share_positive", "total", "tweets_by_window", "average_scores", "timeline", "share_over_time", "windows",
          "sources", "models", "runs", "run_stages", "telling", "langs", "window_tweets"]
ROUNDS, REFRESHES = 5, 100


class Place:
    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self.home = self.root


def resident(pid):
    """Resident memory in MB."""
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * 4096 / 1e6, 1)


def queries(url):
    runs = json.load(urllib.request.urlopen(f"{url}api/runs"))["runs"]
    rows = json.load(urllib.request.urlopen(f"{url}api/panels/tweets_by_window?model={runs[0]['models'][0]}"))["rows"]
    middle = rows[len(rows) // 2][0]
    end = middle[:14] + f"{int(middle[14:16]) + 14}" + middle[16:]
    took = {}
    for number in range(ROUNDS):
        for name in PANELS:
            # Another span each time: no answer is one that was kept.
            span = f"from={middle}&to={end}" if name == "window_tweets" else "to=2099-01-01T00:00:00Z"
            span = span.replace("from=", f"topic={runs[0]['topic']}&topic=none{number}&from=") if "from=" in span else \
                f"{span}&topic={runs[0]['topic']}&topic=none{number}"
            answer = json.load(urllib.request.urlopen(f"{url}api/panels/{name}?model={runs[0]['models'][0]}&{span}"))
            assert answer["rows"] or name == "windows", name
            took.setdefault(name, []).append(answer["took"])
    return {name: {"first": times[0], "median": statistics.median(times[1:])} for name, times in took.items()}


def main():
    began = time.monotonic()
    served = Served(Place(sys.argv[1]))
    up = time.monotonic() - began
    seen = Seen(served.url)
    seen.shown()
    paint = seen.page.evaluate("() => performance.getEntriesByName('first-contentful-paint')[0].startTime")
    whole = seen.page.evaluate("() => performance.now()")
    told = {"up_ms": round(up * 1000), "first_paint_ms": round(paint), "all_figures_ms": round(whole), "queries_ms": queries(served.url)}
    heap = seen.context.new_cdp_session(seen.page)
    memory = []
    for number in range(REFRESHES + 1):
        if number % 20 == 0:
            heap.send("HeapProfiler.collectGarbage")
            used = heap.send("Runtime.getHeapUsage")["usedSize"]
            memory.append({"refreshes": number, "server_mb": resident(served.process.pid), "heap_mb": round(used / 1e6, 1)})
        turn = seen.turn()
        seen.page.click("#refresh")
        seen.shown(turn + 1)
    told["memory"] = memory
    print(json.dumps(told, indent=1))
    seen.context.close()
    served.close()


if __name__ == "__main__":
    main()
