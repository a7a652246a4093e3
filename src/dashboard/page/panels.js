// Every panel: what it asks for, and how its rows are shown.

import { Chart, bands, bars, broken, described, gauge, lines, ring } from "./charts.js";
import { panel } from "./data.js";
import { chosen, fillLanguages, pairs } from "./filters.js";
import { LABELS, count, dollars, minute, moment, percent, score, span, title } from "./format.js";
import { open, openAt, setWindows } from "./reader.js";
import { SHARES, bar, element, link, post, table, tag } from "./table.js";

const field = (id) => document.getElementById(id);
const charts = {};
const say = (text) => { field("said").textContent = text; };

/** Tweets of the table of telling ones that are shown before one asks for more. */
const TELLING = 10;
/** Windows that are not complete that the server gives at most. */
const INCOMPLETE = 10_000;

function chart(id, group) {
  charts[id] ??= new Chart(field(id).querySelector(".chart"), { group });
  return charts[id];
}

const seconds = () => Number(chosen.window || 900);

function timed(answer) {
  return answer.records.map((record) => ({ ...record, at: moment(record.time) }));
}

/** Says that there is nothing, instead of a picture of nothing. */
function nothing(id, isNothing) {
  const place = field(id);
  place.querySelector(".none").hidden = !isNothing;
  for (const part of place.querySelectorAll(".chart, details, .rows")) part.hidden = isNothing;
}

/** The table that stands for a chart; made when one asks for it. */
function asTable(id, name, columns, records) {
  const details = field(id).querySelector("details.as-table");
  const fill = () => details.querySelector(".scroll").replaceChildren(table(name, columns, records));
  details.ontoggle = () => { if (details.open) fill(); };
  if (details.open) fill();
}

const WINDOW = { name: "Window (UTC)", cell: (p) => span(p.at, p.at + seconds() * 1000) };

/** A chart over time: drawn, described, with keys and a table. `places`: where each point is in what is drawn. */
function overTime(id, name, points, make, columns, words, places = points.map((_, i) => i)) {
  nothing(id, points.length === 0);
  if (!points.length) return;
  const here = chart(id, "time");
  const isNew = !here.wired;
  here.points = points.map((p) => p.at).join();
  here.wired ??= wire(here, () => here.shown);
  here.shown = { points, places, words };
  if (isNew) here.element.setAttribute("tabindex", "0");
  here.element.setAttribute("aria-label", described(name, points.length, points[0].at, points[points.length - 1].at));
  here.draw(make);
  asTable(id, name, columns, points);
}

/** Clicks and keys of a chart over time. */
function wire(here, shown) {
  let at = -1;
  here.onClick(openAt);
  here.element.addEventListener("keydown", (event) => {
    const { points, places, words } = shown();
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
    if (event.key in steps) {
      at = Math.min(points.length - 1, Math.max(0, (at < 0 ? (event.key === "ArrowLeft" ? points.length : -1) : at) + steps[event.key]));
      here.point(places[at]);
      say(`${span(points[at].at, points[at].at + seconds() * 1000)}: ${words(points[at])}`);
    } else if ((event.key === "Enter" || event.key === " ") && at >= 0) {
      openAt(points[at].at);
    } else {
      return;
    }
    event.preventDefault();
  });
  here.element.addEventListener("blur", () => here.unpoint());
  return true;
}

async function shares() {
  await Promise.all(LABELS.map(async (label) => {
    const { records } = await panel(`share_${label}`, pairs());
    const share = records[0]?.[label] ?? null;
    const tile = field(`share_${label}`);
    tile.querySelector(".share").textContent = percent(share);
    charts[`share_${label}`] ??= new Chart(tile.querySelector(".chart"));
    charts[`share_${label}`].draw(gauge(label, share));
  }));
}

async function windows() {
  const [total, counted, marked] = await Promise.all([panel("total", pairs()), panel("tweets_by_window", pairs()), panel("windows", pairs())]);
  const points = timed(counted);
  const status = new Map(timed(marked).map((record) => [record.at, record.status]));
  // Of those after the last one that was given nothing is known.
  const latest = Math.max(...status.keys());
  field("total").querySelector(".big").textContent = count(total.records[0]?.tweets ?? 0);
  const cut = marked.records.length >= INCOMPLETE;
  facts(points, `${count(marked.records.length)}${cut ? " or more" : ""}`);
  setWindows(points, seconds(), () => pairs(["span"]));
  const read = { name: "Tweets of it", cell: (p) => reading(points.indexOf(p)) };
  const columns = [WINDOW, { name: "Tweets", cell: (p) => count(p.tweets) }, { name: "Status", cell: (p) => status.get(p.at) ?? (cut && p.at > latest ? "–" : "complete") }, read];
  const words = (p) => `${count(p.tweets)} tweets${status.has(p.at) ? `, ${status.get(p.at)}` : ""}`;
  overTime("tweets_by_window", "Tweets per window", points, bars(points, status, seconds()), columns, words);
  incomplete(marked.records);
}

function reading(index) {
  const button = element("button", { type: "button", kind: "inline", text: "Read" });
  button.addEventListener("click", () => open(index));
  return button;
}

function facts(points, incomplete) {
  const rows = [["Windows", count(points.length)], ["Incomplete", incomplete]];
  if (points.length) {
    const busiest = points.reduce((most, p) => (p.tweets > most.tweets ? p : most));
    rows.push(["Busiest", count(busiest.tweets)], ["First", minute(points[0].at)], ["Last", minute(points[points.length - 1].at)]);
  }
  field("facts").replaceChildren(...rows.flatMap(([name, value]) => [element("dt", { text: name }), element("dd", { text: value })]));
}

function incomplete(records) {
  nothing("windows", records.length === 0);
  field("windows").querySelector(".none").textContent = "None: every window holds all that there was.";
  field("windows").querySelector(".rows").replaceChildren(table("Windows that are not complete", [
    { name: "Window (UTC)", cell: (r) => minute(moment(r.time)) },
    { name: "Status", left: true, cell: (r) => element("span", { kind: `status ${r.status}`, text: r.status }) },
    { name: "Tweets", cell: (r) => count(r.count_tweets) },
    { name: "Available", cell: (r) => count(r.count_available) },
    { name: "Not scored", cell: (r) => count(r.unscored) },
    { name: "Collapsed", cell: (r) => count(r.collapsed) },
  ], records));
}

async function averages() {
  const { records } = await panel("average_scores", pairs());
  const record = records[0] ?? {};
  const place = field("average_scores");
  charts.average_scores ??= new Chart(place.querySelector(".chart"));
  charts.average_scores.draw(ring(record));
  const known = LABELS.filter((label) => typeof record[label] === "number");
  const most = known.reduce((best, label) => (best === undefined || record[label] > record[best] ? label : best), undefined);
  const [figure, word] = place.querySelectorAll(".middle span");
  figure.textContent = most ? score(record[most]) : "–";
  figure.className = `share ${most ?? ""}`;
  word.textContent = most ?? "nothing scored";
  place.querySelector(".legend").replaceChildren(...LABELS.map((label) =>
    element("li", { kind: label }, element("span", { text: title(label) }), element("b", { text: score(record[label]) }))));
}

async function timeline() {
  const points = timed(await panel("timeline", pairs()));
  const { drawn, places } = broken(points, seconds());
  const columns = [WINDOW, ...LABELS.map((label) => ({ name: title(label), cell: (p) => score(p[label]) }))];
  const words = (p) => LABELS.map((label) => `${label} ${score(p[label])}`).join(", ");
  overTime("timeline", "Sentiment over time", points, lines(drawn, seconds()), columns, words, places);
}

async function sharesOverTime() {
  const points = timed(await panel("share_over_time", pairs()));
  const { drawn, places } = broken(points, seconds());
  const range = (p, label) => `${percent(p[label])} (${percent(p[`${label}_low`])} – ${percent(p[`${label}_high`])})`;
  const columns = [WINDOW, ...LABELS.map((label) => ({ name: title(label), cell: (p) => range(p, label) }))];
  const words = (p) => LABELS.map((label) => `${label} ${percent(p[label])}`).join(", ");
  const picked = Object.fromEntries(LABELS.map((label) => [title(label), label === "positive" || label === "negative"]));
  overTime("share_over_time", "Share of labels over time", points, bands(drawn, seconds(), picked), columns, words, places);
}

async function telling() {
  const { records } = await panel("telling", pairs());
  const place = field("telling");
  nothing("telling", records.length === 0);
  const show = (most) => {
    const columns = [
      { name: "Time (UTC)", plain: true, left: true, cell: (r) => minute(moment(r.time)) },
      { name: "Label", left: true, cell: (r) => tag(r.label) },
      { name: "Probability", cell: (r) => percent(r.probability, 2) },
      { name: "Tweet", left: true, kind: "tweet", cell: (r) => {
        const cell = document.createDocumentFragment();
        cell.append(...post(r.text));
        return cell;
      } },
      { name: "Post", cell: (r) => link(r.post_url) },
    ];
    place.querySelector(".rows").replaceChildren(table("Most telling tweets", columns, records.slice(0, most)));
    place.querySelector(".more")?.remove();
    if (records.length > most) {
      const more = element("button", { type: "button", kind: "more", text: `All ${records.length}` });
      more.addEventListener("click", () => show(records.length));
      place.append(more);
    }
  };
  show(TELLING);
}

/** Rows side by side; `names`: what tells them apart, as [heading, key]. */
function side(id, names, records) {
  nothing(id, records.length === 0);
  const columns = [...names.map(([name, key]) => ({ name, left: true, cell: (r) => String(r[key]) })), { name: "Tweets", cell: (r) => count(r.tweets) }, ...SHARES, { name: "", cell: bar }];
  field(id).querySelector(".rows").replaceChildren(table(field(`${id}-h`).textContent, columns, records));
}

async function sides() {
  const [sources, models] = await Promise.all([panel("sources", pairs()), panel("models", pairs())]);
  side("sources", [["Source", "source"], ["Path", "path"]], sources.records);
  side("models", [["Model", "model"]], models.records);
}

async function languages() {
  const { records } = await panel("langs", pairs());
  side("langs", [["Language", "lang"]], records);
  if (!chosen.lang) fillLanguages(records);
}

const STAGES = [
  { name: "Run", left: true, cell: (r) => r.run_id },
  { name: "Model", left: true, cell: (r) => r.model },
  { name: "Stage", left: true, cell: (r) => title(r.stage) },
  { name: "Ended", left: true, cell: (r) => minute(moment(r.finished_at)) },
  { name: "Seconds", cell: (r) => r.seconds.toFixed(1) },
  { name: "Dollars", cell: (r) => dollars(r.cost_usd) },
];

async function stages() {
  const { records } = await panel("run_stages", pairs());
  nothing("run_stages", records.length === 0);
  field("run_stages").querySelector(".rows").replaceChildren(table("What the stages took", STAGES, records));
}

/** What is there at once comes first; the tweets, each of which is looked at, come after. */
export async function showAll() {
  await Promise.all([shares(), windows(), averages(), timeline(), sharesOverTime(), sides(), languages(), stages()]);
  await telling();
}
