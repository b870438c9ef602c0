// The handset that is drawn: an Android or an iPhone, which shows the same card in another way.

import { el } from "./dom.js";

const KEPT = "messente-rcs-handset";
const HANDSETS = [
  { name: "android", says: "Android" },
  { name: "iphone", says: "iPhone" },
];
const DIFFERENCES =
  "An iPhone shows pictures at one height and cuts those of horizontal cards, has URLs of a card as text, holds " +
  "several buttons behind Options, and its GIFs stand still.";

const root = document.documentElement;
const watchers = new Set();
let switches = 0;

root.dataset.handset = localStorage.getItem(KEPT) ?? "android";

export const isIphone = () => root.dataset.handset === "iphone";

/** Call this each time when another handset is chosen. */
export const onHandset = (act) => watchers.add(act);

/** Make the switch, with what differs; all switches on the page show the same choice. */
export function handsetSwitch() {
  const group = `handset-${(switches += 1)}`;
  const radios = HANDSETS.map(({ name, says }) => {
    const radio = el("input", { type: "radio", name: group, value: name });
    radio.addEventListener("change", () => choose(name));
    onHandset(() => (radio.checked = root.dataset.handset === name));
    radio.checked = root.dataset.handset === name;
    return el("label", {}, radio, el("span", { text: says }));
  });
  return el(
    "div",
    { class: "handset" },
    el("fieldset", { class: "segments" }, el("legend", { class: "unseen", text: "Handset" }), ...radios),
    el("p", { class: "hint handset-differs", text: DIFFERENCES }),
  );
}

function choose(name) {
  localStorage.setItem(KEPT, name);
  root.dataset.handset = name;
  for (const act of watchers) act();
}

/** Hold buttons as the handset does: an iPhone shows no more than `most`, or else a list behind Options. */
export function held(buttons, most) {
  if (!isIphone() || buttons.length <= most) return buttons;
  return [el("details", { class: "options" }, el("summary", { class: "suggestion", text: "Options" }), ...buttons)];
}
