// Right column: which message it is about, and the tabs with what happened, its record, its faults, the dead letters.

import { el, show } from "./dom.js";
import { startFaults } from "./faults.js";
import { phoneNumber } from "./format.js";
import { icon } from "./icons.js";
import { startLetters } from "./letters.js";
import { startRecord } from "./record.js";
import { look, state, watch } from "./store.js";
import { makeTabs } from "./tabs.js";
import { isCorrected } from "./threads.js";
import { startTimeline } from "./timeline.js";

/** Draw the column, and keep it up to date: its head, and the panel that is shown. */
export function startStory(column) {
  const sections = [
    { id: "timeline", title: "Timeline", start: startTimeline },
    { id: "record", title: "Record", start: startRecord },
    {
      id: "faults",
      title: "Make it go wrong",
      start: (panel) => startFaults(panel, () => tabs.choose("timeline")),
    },
    { id: "letters", title: "Dead letters", start: startLetters },
  ].map(({ id, title, start }) => {
    const panel = el("section", { class: "panel" });
    return { id, title, panel, draw: start(panel) };
  });
  const draw = () => sections.find(({ panel }) => !panel.hidden).draw(state);
  const tabs = makeTabs("About the message", sections, draw);
  const subject = el("div", { class: "subject" });
  const count = el("span", { class: "count" });
  tabs.button("letters").append(count);
  column.replaceChildren(
    el(
      "div",
      { class: "column-head" },
      el("h2", { id: "story-title", text: "What happened" }),
      subject,
      tabs.list,
    ),
    ...tabs.panels,
  );
  watch(() => {
    drawHead(subject, count);
    draw();
  });
}

function drawHead(subject, count) {
  const { message } = state;
  const messages = state.thread?.messages ?? [];
  const { state: word, delivery } = message?.record ?? {};
  const position = messages.indexOf(message);
  const version = [message?.id, word, delivery, isCorrected(message), position, messages.length];
  show(subject, [{ key: "subject", version, make: () => (message ? about(message, messages) : nothing()) }]);
  count.textContent = state.dead_letters.length || "";
  count.hidden = !state.dead_letters.length;
}

const nothing = () => el("p", { class: "hint", text: "Send a message, and see here what becomes of it." });

function about(message, messages) {
  const position = messages.indexOf(message);
  const { state: word, delivery } = message.record ?? {};
  return el(
    "div",
    { class: "subject-inner" },
    el(
      "div",
      { class: "subject-name" },
      el("code", { class: "clip", title: message.id, text: message.id }),
      el("span", { text: `to ${phoneNumber(message.to)}` }),
    ),
    el(
      "div",
      { class: "badges" },
      word && badge(word),
      delivery && badge(delivery),
      isCorrected(message) && el("span", { class: "badge is-unknown", text: "was unknown, corrected" }),
    ),
    messages.length > 1 &&
      el(
        "div",
        { class: "stepper", role: "group", "aria-label": "Messages of this conversation" },
        step("left", "Earlier message", messages[position - 1]),
        el("span", { text: `${position + 1} of ${messages.length}` }),
        step("right", "Later message", messages[position + 1]),
      ),
  );
}

/** Make the coloured word of a state or a delivery. */
function badge(word) {
  return el("span", { class: `badge is-${word}`, text: word });
}

function step(direction, label, message) {
  return el(
    "button",
    {
      type: "button",
      class: "button quiet icon small",
      "aria-label": label,
      disabled: !message,
      data: { focus: `step/${direction}` },
      on: { click: () => look({ message: message.id }) },
    },
    icon(direction, 16),
  );
}
