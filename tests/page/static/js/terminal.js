// The same stack from a terminal: commands, names and addresses, to copy.

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { say } from "./news.js";
import { state } from "./store.js";

const NAMES = {
  page: "This page",
  emulator: "AWS emulator",
  standin: "Stand-in for Messente",
  api_url: "HTTP API",
  queue_url: "Queue",
  name: "Stack",
  dead_letter_queue_url: "Dead-letter queue",
  table: "Table",
  function: "Function that sends",
  callback_url: "Delivery reports go to",
};

/** Let the button open the dialog. */
export function startTerminal(dialog, button) {
  button.addEventListener("click", () => {
    dialog.replaceChildren(head(dialog), rows());
    dialog.showModal();
  });
}

function head(dialog) {
  const close = el(
    "button",
    {
      type: "button",
      class: "button quiet icon",
      "aria-label": "Close",
      on: { click: () => dialog.close() },
    },
    icon("close"),
  );
  return el(
    "div",
    { class: "dialog-head" },
    el("h2", { id: "terminal-title", text: "From a terminal" }),
    close,
  );
}

function rows() {
  const known = Object.entries(state.stack).filter(([, text]) => text);
  const named = known.map(([name, text]) => [NAMES[name] ?? name, String(text)]);
  const commands = Object.entries(state.commands).map(([name, text]) => [`With ${name}`, text]);
  const all = [...commands, ...named];
  return el("dl", { class: "addresses" }, ...all.map(([name, text]) => row(name, text)));
}

function row(name, text) {
  const copy = el(
    "button",
    {
      type: "button",
      class: "button quiet icon small",
      "aria-label": `Copy: ${name}`,
      on: { click: () => copyText(name, text) },
    },
    icon("copy", 16),
  );
  return el("div", {}, el("dt", { text: name }), el("dd", {}, el("pre", { text }), copy));
}

async function copyText(name, text) {
  await navigator.clipboard.writeText(text);
  say(`Copied: ${name}`);
}
