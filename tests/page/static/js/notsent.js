// Messages of which nothing is on the phone, with the reason: notes above it, never bubbles in it.

import { el } from "./dom.js";
import { moment } from "./format.js";
import { look } from "./store.js";
import { firstContent, reasonOf, summary, whyOff } from "./threads.js";

const SHOWN = 3;
const TITLES = {
  scheduled: "Scheduled",
  unknown: "Not on the phone, but unknown to the function",
  open: "Not sent yet",
  over: "Not sent",
};

/** List the notes as entries for `show`, the newest first. @param {Message[]} messages  as `offPhone` lists them */
export function notes(messages) {
  const newest = messages.slice(-SHOWN).toReversed().map(note);
  const others = messages.length - newest.length;
  if (!others) return newest;
  const text = others === 1 ? "One more is not on the phone" : `${others} more are not on the phone`;
  return [...newest, { key: "more", version: [text], make: () => el("p", { class: "more", text }) }];
}

function note(message) {
  const why = whyOff(message);
  const reason = why === "scheduled" ? `waits until ${moment(message.begins)}` : reasonOf(message);
  const text = summary(firstContent(message)); // the record may be known before it
  const make = () =>
    el(
      "button",
      {
        type: "button",
        class: `note is-${why}`,
        data: { focus: `note/${message.id}` },
        on: { click: () => look({ message: message.id }) },
      },
      el("b", { text: TITLES[why] }),
      el("span", { class: "note-text", dir: "auto", text }),
      el("span", { class: "note-reason", dir: "auto", text: reason }),
    );
  return { key: message.id, version: [why, reason, text], make };
}
