// The brand: above the conversation, and at its beginning.

import { el, show, words } from "./dom.js";
import { hue, initials, phoneNumber } from "./format.js";
import { icon } from "./icons.js";

/** Show who sends, of the last message on the phone. */
export function drawBrand(brand, thread, entries) {
  const last = entries.findLast((each) => each.kind === "part");
  const name = thread ? senderOf(last?.part) : "Your brand";
  const under = thread ? `to ${phoneNumber(thread.number)}` : "Nothing sent yet";
  const verified = !last || last.part.channel === "rcs";
  const make = () =>
    el(
      "div",
      { class: "brand-inner" },
      logo(name),
      el(
        "div",
        { class: "brand-name" },
        el("h2", {}, el("span", { dir: "auto", text: name }), verified && verification()),
        el("p", { text: under }),
      ),
    );
  show(brand, [{ key: "brand", version: [name, under, verified], make }]);
}

const senderOf = (part) => words(part?.content?.sender) || "Default sender";

function verification() {
  return el(
    "span",
    { class: "verified", role: "img", "aria-label": "Verified sender", title: "Verified sender" },
    icon("done", 11),
  );
}

/** The head of a conversation, as a handset shows it for a brand. */
export function intro(entries) {
  const first = entries.find((each) => each.kind === "part");
  const name = senderOf(first?.part);
  const verified = first?.part.channel === "rcs";
  const told = [
    verified && el("p", { text: "Verified business" }),
    el("p", { text: "A stand-in delivers it: nothing leaves this machine." }),
  ];
  const make = () => el("div", { class: "intro" }, logo(name), el("b", { dir: "auto", text: name }), ...told);
  return { key: "intro", version: [name, verified], make };
}

const logo = (name) =>
  el("span", {
    class: "brand-logo",
    "aria-hidden": "true",
    vars: { "--hue": hue(name) },
    text: initials(name),
  });
