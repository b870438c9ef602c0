// What happened to the selected message, in time: each line opens what was said.

import { el, show } from "./dom.js";
import { since } from "./format.js";

const KINDS = {
  request: "Request",
  post: "POST",
  answer: "Answer",
  report: "Report",
  record: "Record",
  dead_letter: "Dead letter",
  inbound: "Recipient",
};

/** Fill the panel; returns what draws it. */
export function startTimeline(panel) {
  const events = el("ol", { class: "timeline" });
  const hint = el("p", { class: "hint" });
  panel.append(events, hint);
  return ({ message }) => {
    hint.textContent = message ? "" : "Nothing has happened yet.";
    show(
      events,
      (message?.timeline ?? []).map((entry, index) => line(message, entry, index)),
    );
  };
}

function line(message, entry, index) {
  return {
    key: `${message.id}/${index}`,
    version: [entry],
    make: () => el("li", { class: `event is-${entry.kind} ${tone(entry.ok)}` }, event(message, entry)),
  };
}

function tone(ok) {
  if (ok === null || ok === undefined) return "is-plain";
  return ok ? "is-good" : "is-bad";
}

function event(message, { at, kind, says, ok, data }) {
  const kindName = el("span", { class: "event-kind", text: KINDS[kind] ?? kind });
  const time = el("time", { title: new Date(at).toISOString(), text: since(message.timeline[0].at, at) });
  const sentence = el("span", { class: "event-says", dir: "auto", text: says });
  const failed = ok === false && el("span", { class: "unseen", text: "(went wrong)" });
  const changes = kind === "record" && changesOf(data);
  if (changes) return el("details", {}, el("summary", {}, kindName, time, sentence, failed), changes);
  if (isEmpty(data)) return el("div", { class: "event-line" }, kindName, time, sentence, failed);
  return el("details", {}, el("summary", {}, kindName, time, sentence, failed), json(data));
}

const isEmpty = (data) =>
  data === null || data === undefined || (typeof data === "object" && !Object.keys(data).length);

/** Write JSON so that a person can read it. */
export function json(data) {
  return el("pre", { dir: "ltr", text: typeof data === "string" ? data : JSON.stringify(data, null, 2) });
}

/** Show the attributes that changed, old and new; null when the data has another shape. */
function changesOf(data) {
  const changes = Object.entries(data ?? {});
  if (!changes.length || !changes.every(([, change]) => Array.isArray(change) && change.length === 2))
    return null;
  const rows = changes.map(([name, [before, after]]) =>
    el(
      "tr",
      {},
      el("th", { scope: "row", text: name }),
      el("td", {}, value(before)),
      el("td", {}, value(after)),
    ),
  );
  const head = el(
    "thead",
    {},
    el("tr", {}, ...["Attribute", "Before", "After"].map((text) => el("th", { scope: "col", text }))),
  );
  return el("table", { class: "attributes" }, head, el("tbody", {}, ...rows));
}

/** Write a value of an attribute; what is absent is said to be so. */
export function value(given) {
  if (given === null || given === undefined) return el("span", { class: "absent", text: "absent" });
  return el("code", {
    dir: "auto",
    text: typeof given === "string" ? given : JSON.stringify(given, null, 1),
  });
}
