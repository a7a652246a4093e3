// Tables and texts. What posts say is hostile: it goes into the page as text, never as markup.

import { LABELS, percent, title } from "./format.js";

/** Characters of a post that are shown before one asks for all of it. */
const SHOWN = 600;
/** Rows of a chart's table at most. */
const MOST = 2000;

/** An element with text and children. */
export function element(name, { text, kind, ...attributes } = {}, ...children) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** A table of `columns` [{ name, cell(record), left, kind }]; the first cell of a row is its heading. */
export function table(caption, columns, records) {
  const made = element("table", {}, element("caption", { text: caption, kind: "sr" }));
  const head = element("tr");
  for (const column of columns) head.append(element("th", { text: column.name, scope: "col", kind: column.left ? "left" : "" }));
  const body = element("tbody");
  for (const record of records.slice(0, MOST)) {
    const row = element("tr");
    columns.forEach((column, i) => {
      const value = column.cell(record);
      const cell = i === 0 && !column.plain ? element("th", { scope: "row" }) : element("td");
      cell.className = [column.left ? "left" : "", column.kind ?? ""].join(" ").trim();
      cell.append(value ?? "–");
      row.append(cell);
    });
    body.append(row);
  }
  made.append(element("thead", {}, head), body);
  if (records.length > MOST) {
    const words = `The first ${MOST.toLocaleString("en-US")} of ${records.length.toLocaleString("en-US")}: choose a shorter time for the others.`;
    made.append(element("tfoot", {}, element("tr", {}, element("td", { text: words, kind: "left", colspan: columns.length }))));
  }
  return made;
}

/** A label with its colour, which is not all that tells it. */
export function tag(label) {
  if (!LABELS.includes(label)) return element("span", { text: label ? String(label) : "not scored" });
  return element("span", { kind: `tag ${label}` }, element("span", { text: title(label) }));
}

/** A post's text. A long one is cut until one asks for it. */
export function post(text) {
  const whole = String(text ?? "");
  const shown = element("p", { dir: "auto" });
  const characters = [...whole];
  if (characters.length <= SHOWN) {
    shown.textContent = whole;
    return [shown];
  }
  shown.textContent = `${characters.slice(0, SHOWN).join("")} …`;
  const more = element("button", { type: "button", kind: "inline", text: `All ${characters.length.toLocaleString("en-US")} characters` });
  more.addEventListener("click", () => {
    shown.textContent = whole;
    more.remove();
  });
  return [shown, more];
}

/** A link to a post, where its address is one of the web; a word where it is not. */
export function link(address) {
  let url;
  try {
    url = new URL(String(address ?? ""));
  } catch {
    return null;
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return null;
  return element("a", { href: url.href, rel: "noopener noreferrer", target: "_blank", text: "Open" });
}

/** Shares as a bar of four parts. */
export function bar(record) {
  const space = "http" + "://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  for (const [key, value] of [["viewBox", "0 0 100 10"], ["preserveAspectRatio", "none"], ["aria-hidden", "true"]]) svg.setAttribute(key, value);
  let at = 0;
  for (const label of LABELS) {
    const width = 100 * (record[label] ?? 0);
    const part = document.createElementNS(space, "rect");
    for (const [key, value] of [["class", `f-${label}`], ["x", at], ["width", width], ["height", 10]]) part.setAttribute(key, value);
    svg.append(part);
    at += width;
  }
  return element("span", { kind: "bar" }, svg);
}

/** A column for each label's share. */
export const SHARES = LABELS.map((label) => ({ name: title(label), cell: (record) => percent(record[label]) }));
