// The dead-letter queue: what could not be sent, with the reasons that lie beside it.

import { el, show, words } from "./dom.js";
import { shortTime } from "./format.js";
import { state, watch } from "./store.js";
import { json } from "./timeline.js";

/** Draw the panel, and keep it up to date. */
export function startLetters(panel) {
  const letters = el("ul", { class: "letters" });
  const hint = el("p", { class: "hint" });
  panel.append(letters, hint);
  watch(() => {
    show(
      letters,
      state.dead_letters
        .toReversed()
        .map((each) => ({ key: each.id, version: each, make: () => letter(each) })),
    );
    hint.textContent = state.dead_letters.length ? "" : "The dead-letter queue is empty.";
  });
  return panel;
}

function letter({ id, reason, errors, body, at }) {
  return el(
    "li",
    { class: "letter" },
    el(
      "div",
      { class: "letter-head" },
      el("span", { class: "badge is-failed", text: reason || "no reason given" }),
      el("code", { class: "clip", title: id, text: id }),
      at && el("time", { text: shortTime(at) }),
    ),
    el("ul", { class: "problems" }, ...list(errors).map(problem)),
    el("details", {}, el("summary", { text: "Body" }), json(pretty(body))),
  );
}

const list = (errors) => (Array.isArray(errors) ? errors : errors ? [errors] : []);

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
