// A run that is going on: told by the server as it happens.

import { Chart, staged } from "./charts.js";
import { count, moment, title } from "./format.js";
import { element } from "./table.js";

const STAGES = ["ingest", "score", "transform", "load", "report"];
const field = (id) => document.getElementById(id);

let source = null;
let chart = null;
let last = null;

/** Follows `run` ("": the newest). `told(look, newest, isNew)` hears of every message; `isNew`: the tables are others. */
export function follow(run, told) {
  stop();
  last = null;
  if (document.hidden) {
    source = { run, told, close() {} };
    return;
  }
  source = new EventSource(run ? `/api/events?run=${encodeURIComponent(run)}` : "/api/events");
  Object.assign(source, { run, told });
  source.addEventListener("look", (event) => {
    const { look, newest, error } = JSON.parse(event.data);
    const loads = look && `${look.run_id} ${look.loads}`;
    // A look that failed says nothing of the tables.
    const isNew = Boolean(look) && last !== null && loads !== last;
    if (look) last = loads;
    state(look, error);
    progress(look);
    told(look, newest, isNew);
  });
  source.onerror = () => state(null, "The server does not answer: it was stopped, or is busy.");
}

function stop() {
  source?.close();
}

// A tab that nobody sees asks nothing.
document.addEventListener("visibilitychange", () => {
  if (!source) return;
  const { run, told } = source;
  const before = last;
  if (document.hidden) {
    stop();
  } else {
    follow(run, told);
    last = before;
  }
});

function state(look, error) {
  const pill = field("state");
  pill.hidden = !look && !error;
  pill.className = `pill ${error ? "away" : look?.state}`;
  pill.textContent = error ? "Not connected" : title(look?.state);
  pill.title = error ?? look?.failure ?? "";
}

function progress(look) {
  const going = look && look.state === "running" && STAGES.indexOf(look.stage) <= STAGES.indexOf("load") && look.stage;
  field("progress").hidden = !going;
  if (!going) return;
  const at = STAGES.indexOf(look.stage);
  field("stages").replaceChildren(...STAGES.map((stage, i) => {
    const made = element("li", { text: title(stage), kind: i < at ? "done" : i === at ? "now" : "" });
    if (i === at) made.setAttribute("aria-current", "step");
    return made;
  }));
  field("p-windows").textContent = look.planned ? `${count(look.windows)} of ${count(look.planned)}` : count(look.windows);
  field("p-staged").textContent = count(look.staged);
  field("p-scored").textContent = count(look.scored);
  const pairs = look.by_window.map(([time, posts]) => [moment(time), posts]);
  field("p-chart").hidden = pairs.length === 0;
  if (!pairs.length) return;
  chart ??= new Chart(field("p-chart"));
  chart.draw(staged(pairs));
}
