// The dead-letter queue: what could not be sent, with the reasons that lie beside it.

import { el, list, show, words } from "./dom.js";
import { shortTime } from "./format.js";
import { look, state } from "./store.js";
import { json } from "./timeline.js";

const SHOWN = 100;

/** Fill the panel; returns what draws it. */
export function startLetters(panel) {
  const letters = el("ul", { class: "letters" });
  const hint = el("p", { class: "hint" });
  panel.append(letters, hint);
  return ({ dead_letters: all }) => {
    show(letters, all.slice(-SHOWN).toReversed().map(entry));
    if (!all.length) hint.textContent = "The dead-letter queue is empty.";
    else hint.textContent = all.length > SHOWN ? `These are the newest ${SHOWN} of ${all.length}.` : "";
  };
}

function entry(given) {
  const message = state.messages.get(given.id);
  return {
    key: `${given.id}/${given.at}`,
    version: [given, message?.to],
    make: () => letter(given, message),
  };
}

function letter({ id, reason, errors, body, at }, message) {
  return el(
    "li",
    { class: "letter" },
    el(
      "div",
      { class: "letter-head" },
      el("span", { class: "badge is-failed", text: reason || "no reason given" }),
      nameOf(id, message),
      at && el("time", { text: shortTime(at) }),
    ),
    el("ul", { class: "problems" }, ...list(errors).map(problem)),
    el("details", {}, el("summary", { text: "Body" }), json(typeof body === "string" ? pretty(body) : body)),
  );
}

/** The message's id; it leads to the message where the page knows it. */
function nameOf(id, message) {
  const name = el("code", { class: "clip", title: id, text: id });
  if (!message) return name;
  const go = () => look({ number: message.to, message: id });
  return el(
    "button",
    { type: "button", class: "letter-name", title: "Show this message", on: { click: go } },
    name,
  );
}

function problem(error) {
  if (typeof error !== "object") return el("li", { dir: "auto", text: error });
  return el(
    "li",
    {},
    error.source && el("code", { text: error.source }),
    " ",
    el("span", { dir: "auto", text: error.detail || error.title || words(error) }),
  );
}

function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return words(body);
  }
}
