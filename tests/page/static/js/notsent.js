// Messages that are not on the phone, with the reason: notes above it, never bubbles in it.

import { el } from "./dom.js";
import { look } from "./store.js";
import { summary } from "./threads.js";

const SHOWN = 3;

/** List the notes as entries for `show`, the newest first. @param {Message[]} messages  none of them accepted */
export function unsentNotes(messages) {
  const newest = messages.toReversed();
  const notes = newest.slice(0, SHOWN).map((message) => ({
    key: message.id,
    version: [message.record?.state, reasonOf(message)],
    make: () => note(message),
  }));
  if (newest.length <= SHOWN) return notes;
  const text = `${newest.length - SHOWN} more were not sent`;
  return [...notes, { key: "more", version: text, make: () => el("p", { class: "more", text }) }];
}

function note(message) {
  const content = message.payload?.messages?.[0] ?? message.parts[0]?.content ?? message.payload;
  return el(
    "button",
    {
      type: "button",
      class: `note${isOpen(message) ? " is-open" : ""}`,
      data: { focus: `note/${message.id}` },
      on: { click: () => look({ message: message.id }) },
    },
    el("b", { text: isOpen(message) ? "Not sent yet" : "Not sent" }),
    el("span", { class: "note-text", dir: "auto", text: summary(content) }),
    el("span", { class: "note-reason", text: reasonOf(message) }),
  );
}

/** Tell whether the message may still be sent. */
const isOpen = (message) => !message.record || ["claimed", "retryable"].includes(message.record.state);

/** Say why: what Messente answered or the reason of the dead letter, else the last thing that went wrong. */
export function reasonOf(message) {
  const wrongs = message.timeline.filter((entry) => entry.ok === false);
  const wrong = wrongs.findLast(({ kind }) => kind === "answer" || kind === "dead_letter") ?? wrongs.at(-1);
  return wrong?.says ?? (message.record ? `state: ${message.record.state}` : "on its way");
}
