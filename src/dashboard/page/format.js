// Numbers, shares and times as people read them. All times are UTC.

const whole = new Intl.NumberFormat("en-US");
const small = new Intl.NumberFormat("en-US", { minimumFractionDigits: 3, maximumFractionDigits: 3 });

export const LABELS = ["positive", "negative", "neutral", "mixed"];

export function count(n) {
  return n === null || n === undefined ? "–" : whole.format(n);
}

export function percent(share, digits = 1) {
  return share === null || share === undefined ? "–" : `${(share * 100).toFixed(digits)} %`;
}

export function score(value) {
  return value === null || value === undefined ? "–" : small.format(value);
}

/** `$1.25`; what costs less than a cent does not look free. */
export function dollars(amount) {
  if (amount > 0 && amount < 0.01) return "< $0.01";
  return `$${amount.toFixed(2)}`;
}

/** Milliseconds of a time of the tables: RFC 3339, or Redshift's way without a zone. */
export function moment(text) {
  if (!text) return NaN;
  const iso = String(text).replace(" ", "T");
  return Date.parse(/Z|[+-]\d\d:?\d\d$/.test(iso) ? iso : `${iso}Z`);
}

/** `2015-02-24 13:45`. */
export function minute(ms) {
  return Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 16).replace("T", " ") : "–";
}

/** `2015-02-24T13:45:00Z`, for the server. */
export function rfc3339(ms) {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

/** `Feb 24, 13:45 – 14:00`: a window in words. */
export function span(from, to) {
  const [a, b] = [minute(from), minute(to)];
  return a.slice(0, 10) === b.slice(0, 10) ? `${a} – ${b.slice(11)}` : `${a} – ${b}`;
}

/** `15 min`, `1 h`, `1 d`. */
export function duration(seconds) {
  for (const [unit, size] of [["d", 86400], ["h", 3600], ["min", 60]]) {
    if (seconds >= size && seconds % size === 0) return `${seconds / size} ${unit}`;
  }
  return `${seconds} s`;
}

export function title(word) {
  return word ? word.charAt(0).toUpperCase() + word.slice(1) : "";
}
