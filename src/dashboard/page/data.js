// Asking the server. What is no longer wanted is not waited for.

let wanted = new AbortController();

/** From now on answers to earlier questions are of no use. */
export function renew() {
  wanted.abort();
  wanted = new AbortController();
}

export class Refused extends Error {
  constructor(message, hint) {
    super(message);
    this.hint = hint;
  }
}

async function get(path, pairs, signal) {
  const query = new URLSearchParams(pairs).toString();
  const response = await fetch(query ? `${path}?${query}` : path, { signal, cache: "no-store", credentials: "omit" });
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new Refused(body?.error?.message ?? `status ${response.status}`, body?.error?.hint);
  return body;
}

export function runs() {
  return get("/api/runs", []);
}

/** What there is to choose in a filter. */
export function choices(name, pairs) {
  return get(`/api/filters/${name}`, pairs, wanted.signal);
}

/** A panel's rows as objects by column. */
export async function panel(name, pairs) {
  const answer = await get(`/api/panels/${name}`, pairs, wanted.signal);
  answer.records = answer.rows.map((row) => Object.fromEntries(answer.columns.map((column, i) => [column, row[i]])));
  return answer;
}

export function isOld(error) {
  return error?.name === "AbortError";
}
