// The page: which run, which filters, and when to ask again.

import { isOld, panel, renew, runs } from "./data.js";
import { choose, chosen, fillOthers, fillRuns, onChange, pairs, readAddress, setExtent } from "./filters.js";
import { count, minute } from "./format.js";
import { follow } from "./live.js";
import { showAll } from "./panels.js";

const field = (id) => document.getElementById(id);
const say = (text) => { field("said").textContent = text; };

let known = [];
let turn = 0;

const card = () => known.find((run) => run.run_id === chosen.run);

/** What the page is about. */
function heading() {
  const run = card();
  const title = run ? run.topic : known.length ? "All runs" : "No runs yet";
  field("title").textContent = title;
  document.title = `${title} · sentistack`;
  const about = run
    ? [`${count(run.tweets)} tweets`, run.source, run.run_id]
    : [known.length ? `${count(known.length)} runs` : "Start one: sentistack pipeline run"];
  field("about").textContent = about.join(" · ");
  field("synthetic").hidden = !(run ? run.synthetic : known.some((one) => one.synthetic));
}

function failed(error) {
  if (isOld(error)) return;
  const place = field("error");
  place.hidden = false;
  place.textContent = [error.message, error.hint].filter(Boolean).join(" – ");
}

/** Asks for everything again. Of several that overlap, the last one counts. */
async function refresh({ quiet } = {}) {
  const mine = ++turn;
  renew();
  document.body.classList.add("busy");
  field("error").hidden = true;
  try {
    setExtent((await panel("runs", pairs(["model", "window", "lang", "label", "span"]))).records);
    await fillOthers(card());
    await showAll();
    const now = new Date();
    field("asof").textContent = `As of ${minute(now.getTime())}:${String(now.getUTCSeconds()).padStart(2, "0")} UTC.`;
    if (!quiet) say("The figures are shown.");
    document.documentElement.dataset.shown = String(mine);
  } catch (error) {
    failed(error);
  } finally {
    if (mine === turn) document.body.classList.remove("busy");
  }
}

async function lookAtRuns() {
  const answer = await runs();
  known = answer.runs;
  // A folder's own name; all of it for who points at it.
  const place = answer.start.place;
  field("place").textContent = place.includes("://") ? place : place.split("/").pop();
  field("place").title = place;
  field("version").textContent = `sentistack ${answer.start.tool_version}.`;
  chosen.run ??= answer.start.run ?? known[0]?.run_id ?? "";
  fillRuns(known);
  heading();
}

/** What the server tells of the run that is followed. */
async function told(look, newest, isNew) {
  const unknown = newest && !known.some((run) => run.run_id === newest);
  const changed = look && known.some((run) => run.run_id === look.run_id && run.state !== look.state);
  if (unknown || changed || isNew) {
    const hadNone = known.length === 0;
    if (hadNone) chosen.run = undefined;
    await lookAtRuns().catch(failed);
    if (hadNone) {
      await refresh();
      follow(chosen.run, told);
      return;
    }
  }
  const offered = field("newer");
  offered.hidden = !newest || newest === chosen.run || chosen.run === "" || offered.dataset.refused === newest || known[0]?.run_id !== newest || !(unknown || offered.dataset.run === newest);
  if (!offered.hidden) {
    offered.dataset.run = newest;
    offered.querySelector("span").textContent = "A newer run has begun.";
  }
  if (isNew) {
    await refresh({ quiet: true });
    say("New tables were loaded: the figures are shown anew.");
  }
}

async function begin() {
  readAddress();
  onChange(async (name) => {
    heading();
    if (name === "run") {
      field("newer").hidden = true;
      follow(chosen.run, told);
    }
    await refresh();
  });
  field("refresh").addEventListener("click", () => refresh());
  field("newer").querySelector("button").addEventListener("click", () => choose("run", field("newer").dataset.run));
  try {
    await lookAtRuns();
  } catch (error) {
    failed(error);
    return;
  }
  await refresh();
  follow(chosen.run, told);
}

begin();
