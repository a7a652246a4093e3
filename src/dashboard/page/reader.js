// The tweets of one window, in a panel at the side.

import { isOld, panel } from "./data.js";
import { count, minute, moment, percent, rfc3339, span } from "./format.js";
import { element, link, post, tag } from "./table.js";

const dialog = document.getElementById("reader");
const body = document.getElementById("reader-body");
const heading = document.getElementById("reader-h");
const about = document.getElementById("reader-about");
const before = document.getElementById("reader-before");
const after = document.getElementById("reader-after");

/** Tweets that the server gives at most. */
const MOST = 500;

let windows = [];
let shown = -1;
let asked = () => [];
let length = 900;

/** Which windows there are: [{ at, tweets }]; their length in seconds; and the pairs of what is chosen. */
export function setWindows(points, seconds, pairs) {
  windows = points;
  length = seconds;
  asked = pairs;
}

/** Opens the window that a time is in. */
export function openAt(time) {
  if (!windows.length || !Number.isFinite(time)) return;
  let best = 0;
  windows.forEach(({ at }, i) => {
    if (Math.abs(at - time) < Math.abs(windows[best].at - time)) best = i;
  });
  open(best);
}

export async function open(index) {
  const chosen = windows[index];
  if (!chosen) return;
  shown = index;
  const [from, to] = [chosen.at, chosen.at + length * 1000];
  heading.textContent = `${span(from, to)} UTC`;
  about.textContent = "Loading …";
  before.disabled = index === 0;
  after.disabled = index === windows.length - 1;
  body.replaceChildren();
  if (!dialog.open) {
    dialog.showModal();
    heading.focus();
  }
  try {
    const answer = await panel("window_tweets", [...asked(), ["from", rfc3339(from)], ["to", rfc3339(to)]]);
    if (shown !== index) return;
    fill(answer.records, chosen.tweets, asked().some(([name]) => name === "lang" || name === "label"));
  } catch (error) {
    if (!isOld(error)) about.textContent = `The tweets could not be read: ${error.message}`;
  }
}

/** `total`: tweets of the window; of the chosen language or label there may be fewer. */
function fill(records, total, narrowed) {
  const cut = records.length >= MOST ? "the first " : "";
  const few = records.length < total ? `${cut}${count(records.length)} of ` : "";
  about.textContent = records.length
    ? `${few}${count(total)} ${total === 1 ? "tweet" : "tweets"}${narrowed ? ", of what is chosen" : ""}, the oldest first`
    : "No tweets: none are kept, none came, or the filters leave none.";
  body.replaceChildren(...records.map((record) => {
    const meta = element("p", { kind: "meta" }, element("time", { text: minute(moment(record.time)) }), tag(record.label));
    if (record.probability !== null) meta.append(element("span", { text: percent(record.probability) }));
    if (record.username) meta.append(element("bdi", { text: `@${record.username}` }));
    const to = link(record.post_url);
    if (to) meta.append(to);
    return element("article", { kind: "post tweet" }, meta, ...post(record.text));
  }));
  body.scrollTop = 0;
}

document.getElementById("reader-close").addEventListener("click", () => dialog.close());
before.addEventListener("click", () => open(shown - 1));
after.addEventListener("click", () => open(shown + 1));
// What is beside the panel closes it.
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
