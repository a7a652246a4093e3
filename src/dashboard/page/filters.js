// What is chosen: kept in the address, so that a page can be loaded again or sent to oneself.

import { choices, isOld } from "./data.js";
import { LABELS, count, duration, moment, rfc3339, title } from "./format.js";
import { element } from "./table.js";

const form = document.getElementById("filters");
const field = (name) => document.getElementById(name);

/** Filters that the server knows, in the order in which one narrows the next. */
const NAMES = ["topic", "source", "model", "run", "window", "lang", "label"];

/** What is chosen; "" is everything. `run` undefined: not chosen yet. */
export const chosen = { topic: "", source: "", model: "", run: undefined, window: "", lang: "", label: "", span: "", from: "", to: "" };

/** What somebody chose. All else is what fits the run, and may be another thing once the run is loaded. */
const picked = new Set();

/** First and last moment of what is there, in milliseconds, where they are known. */
export const extent = { first: NaN, last: NaN };

export function readAddress() {
  const query = new URLSearchParams(window.location.search);
  for (const name of Object.keys(chosen)) {
    if (!query.has(name)) continue;
    chosen[name] = query.get(name);
    picked.add(name);
  }
}

function writeAddress() {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(chosen)) {
    if ((name === "model" || name === "window") && !picked.has(name)) continue;
    if (value || (name === "run" && value === "")) query.set(name, value);
  }
  const search = query.toString();
  window.history.replaceState(null, "", search ? `?${search}` : window.location.pathname);
}

/** The pairs that the server is asked with, without those `left` out. */
export function pairs(left = []) {
  const all = NAMES.filter((name) => chosen[name] && !left.includes(name)).map((name) => [name, chosen[name]]);
  if (!left.includes("span")) all.push(...times());
  return all;
}

/** The span of time, in whole seconds. Windows count by their start, so the end is a second before the next one's. */
function times() {
  if (chosen.span === "own") {
    const [from, to] = [Date.parse(`${chosen.from}Z`), Date.parse(`${chosen.to}Z`)];
    return [...(Number.isFinite(from) ? [["from", rfc3339(from)]] : []), ...(Number.isFinite(to) ? [["to", rfc3339(to - 1000)]] : [])];
  }
  const hours = Number(chosen.span);
  if (!hours || !Number.isFinite(extent.last)) return [];
  const end = extent.last + Number(chosen.window || 900) * 1000;
  return [["from", rfc3339(end - hours * 3600e3)], ["to", rfc3339(end - 1000)]];
}

function fill(select, options, value) {
  select.replaceChildren(...options.map(([key, text]) => element("option", { value: key, text })));
  select.value = value;
  // What the address asks for may not be there.
  if (select.selectedIndex < 0) select.selectedIndex = 0;
  select.disabled = options.length < 2;
  return select.value;
}

/** A run in a line. */
function named(run) {
  const when = run.started.slice(0, 16).replace("T", " ");
  const state = run.state === "finished" ? "" : `, ${run.state}`;
  return `${run.topic} · ${run.source} · ${count(run.tweets)} tweets · ${when}${state}`;
}

export function fillRuns(runs) {
  chosen.run = fill(field("run"), [...runs.map((run) => [run.run_id, named(run)]), ["", "All runs"]], chosen.run);
}

/** Fills the other filters for the run that is chosen. `card`: what is known of that run. */
export async function fillOthers(card) {
  const of = async (name, left, all) => {
    const { values } = await choices(name, pairs([...left, "lang", "label", "span"]));
    const shown = name === "window" ? (value) => duration(Number(value)) : String;
    const options = values.map((value) => [String(value), shown(value)]);
    if (all) options.unshift(["", all]);
    // A run that has no tables yet has nothing to choose.
    if (!options.length) options.push(["", "–"]);
    const fitting = name === "model" ? (card?.models[0] ?? "") : "";
    chosen[name] = fill(field(name), options, picked.has(name) ? chosen[name] : fitting);
  };
  await of("topic", ["topic", "source", "model", "window"], "All");
  await of("source", ["source", "model", "window"], "All");
  await of("model", ["model", "window"]);
  await of("window", ["window"]);
  chosen.label = fill(field("label"), [["", "All"], ...[...LABELS, "unscored"].map((label) => [label, title(label)])], chosen.label);
  if (!field("lang").options.length) chosen.lang = fill(field("lang"), [["", "All"], ...(chosen.lang ? [[chosen.lang, chosen.lang]] : [])], chosen.lang);
  field("lang").disabled = false;
  field("span").value = chosen.span;
  own();
}

/** Languages come with their table, which has them all. */
export function fillLanguages(records) {
  const langs = records.map((record) => record.lang).filter((lang) => lang !== chosen.lang);
  if (chosen.lang) langs.unshift(chosen.lang);
  if (!chosen.lang || field("lang").options.length < 3) {
    chosen.lang = fill(field("lang"), [["", "All"], ...langs.map((lang) => [lang, lang])], chosen.lang);
  }
}

function own() {
  for (const label of form.querySelectorAll(".own")) label.hidden = chosen.span !== "own";
  for (const name of ["from", "to"]) {
    if (chosen.span === "own" && !chosen[name] && Number.isFinite(extent.first)) {
      const end = extent.last + Number(chosen.window || 900) * 1000;
      chosen[name] = rfc3339(name === "from" ? extent.first : end).slice(0, 16);
    }
    field(name).value = chosen[name];
  }
}

export function setExtent(records) {
  const firsts = records.map((record) => moment(record.first_window));
  const lasts = records.map((record) => moment(record.last_window));
  extent.first = firsts.length ? Math.min(...firsts) : NaN;
  extent.last = lasts.length ? Math.max(...lasts) : NaN;
}

/** Calls `changed(name)` whenever something else is chosen. */
export function onChange(changed) {
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", (event) => {
    const { name, value } = event.target;
    if (!(name in chosen)) return;
    chosen[name] = value;
    if (name === "run") picked.clear();
    picked.add(name);
    if (name === "run") Object.assign(chosen, { topic: "", source: "", model: "", window: "", lang: "", label: "", span: "", from: "", to: "" });
    if (name === "run") field("lang").replaceChildren();
    if (name === "span") own();
    writeAddress();
    changed(name);
  });
}

export function choose(name, value) {
  field(name).value = value;
  field(name).dispatchEvent(new Event("change", { bubbles: true }));
}

export { isOld };
