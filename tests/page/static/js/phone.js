// The phone of the recipient: the brand above, the conversation, and a box to write as the recipient.

import { inbound } from "./api.js";
import { drawBrand, intro } from "./brand.js";
import { chips, inboundBubble, partBubble } from "./bubble.js";
import { el, show } from "./dom.js";
import { channelName, clock } from "./format.js";
import { icon } from "./icons.js";
import { say } from "./news.js";
import { unsentNotes } from "./notsent.js";
import { sendFirstCard } from "./first.js";
import { look, state, watch } from "./store.js";
import { notSent, onPhone, selectedMessage, selectedThread } from "./threads.js";

/** Draw the phone into its column, and keep it up to date. */
export function startPhone(column) {
  const parts = frame();
  column.replaceChildren(parts.notes, parts.device);
  watch(() => draw(parts));
}

function frame() {
  const clockFace = el("span", { text: clock(Date.now()) });
  const brand = el("div", { class: "brand" });
  const thread = el("div", {
    class: "thread",
    tabindex: "0",
    role: "region",
    "aria-label": "Conversation on the phone",
  });
  const sheet = el("div", { class: "sheet", role: "status" });
  const input = el("input", {
    id: "write",
    autocomplete: "off",
    placeholder: "Write as the recipient",
    maxlength: "3072",
  });
  const box = writingBox(input);
  const bar = el(
    "div",
    { class: "status-bar", "aria-hidden": "true" },
    clockFace,
    el("span", { class: "island" }),
    el("span", { class: "signal" }, el("i"), el("i"), el("i"), el("i"), el("b")),
  );
  const screen = el(
    "div",
    { class: "screen" },
    bar,
    brand,
    thread,
    sheet,
    box,
    el("span", { class: "home", "aria-hidden": "true" }),
  );
  return {
    clockFace,
    brand,
    thread,
    sheet,
    box,
    input,
    notes: el("div", { class: "notes" }),
    device: el("div", { class: "device" }, screen),
    last: null,
  };
}

function writingBox(input) {
  const button = el(
    "button",
    { type: "submit", class: "send", "aria-label": "Send as the recipient" },
    icon("send", 20),
  );
  const box = el(
    "form",
    { class: "write" },
    el("label", { class: "unseen", for: "write", text: "Write as the recipient" }),
    input,
    button,
  );
  box.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.value.trim()) write(input);
  });
  return box;
}

async function write(input) {
  const thread = selectedThread(state);
  const last = onPhone(thread).findLast((each) => each.kind === "part");
  const text = input.value;
  input.value = "";
  await answer({
    from: thread.number,
    channel: last?.part.channel ?? "rcs",
    text,
    message: last?.message.id ?? null,
    suggestion: null,
  });
}

/** Tell the server what the recipient did, and say when our function refused it. */
async function answer(given) {
  try {
    const { answers } = await inbound({ signature: "right", times: 1, ...given });
    if (answers?.some((status) => status >= 400))
      say(`The function answered ${answers.join(", ")} to the recipient's message.`);
  } catch (problem) {
    say(problem.message, "bad");
  }
}

function draw(parts) {
  const thread = selectedThread(state);
  const entries = thread ? onPhone(thread) : [];
  parts.device.classList.toggle("is-empty", !entries.length);
  parts.box.hidden = !thread;
  parts.clockFace.textContent = clock(Date.now());
  drawBrand(parts.brand, thread, entries);
  const end = JSON.stringify([thread?.number, entries.length]);
  show(parts.thread, threadEntries(parts, thread, entries));
  if (end !== parts.last) parts.thread.scrollTo({ top: parts.thread.scrollHeight });
  if (thread?.number !== parts.number) parts.sheet.replaceChildren();
  Object.assign(parts, { last: end, number: thread?.number });
  show(parts.notes, unsentNotes(thread ? notSent(thread) : []));
}

function threadEntries(parts, thread, entries) {
  if (!entries.length) return [{ key: "empty", version: Boolean(thread), make: () => emptyThread(thread) }];
  const shown = entries.map((entry, position) => threadEntry(parts, entry, entries[position - 1]));
  return [intro(entries), ...shown, ...lastChips(parts, entries)];
}

function threadEntry(parts, entry, before) {
  if (entry.kind === "inbound") {
    return { key: `in/${entry.at}`, version: entry, make: () => inboundBubble(entry) };
  }
  const selected = selectedMessage(state)?.id === entry.message.id;
  const { message, part, index, at } = entry;
  const version = [part, message.taps, message.record?.state === "unknown", selected, at, before?.kind];
  return {
    key: `part/${message.id}/${index}`,
    version,
    make: () => partBubble(entry, bubbleActions(parts, selected)),
  };
}

function bubbleActions(parts, selected) {
  return { selected, onTap: tapper(parts), onSelect: ({ id }) => look({ message: id }) };
}

/** Chips are below the last message only, and go when the recipient taps or writes. */
function lastChips(parts, entries) {
  const last = entries.at(-1);
  const made = last.kind === "part" && chips(last, tapper(parts));
  return made
    ? [
        {
          key: `chips/${last.message.id}/${last.index}`,
          version: last.part.content.suggestions,
          make: () => made,
        },
      ]
    : [];
}

/** Show what the tap does on the phone, and tell Messente's inbound message. */
function tapper(parts) {
  return (message, part, read) => {
    if (read.action)
      parts.sheet.replaceChildren(
        el("p", {}, icon(read.action.icon, 16), el("span", {}, ...read.action.does(read.details))),
      );
    const suggestion = { text: read.text, postback_data: read.postback };
    say(`Tapped ${read.text}: its postback is ${read.postback}`);
    answer({ from: message.to, channel: part.channel, text: read.text, message: message.id, suggestion });
  };
}

function emptyThread(thread) {
  if (thread)
    return el("p", {
      class: "empty",
      text: `This phone has no message yet: Messente has accepted none on ${channelName("rcs")} or another channel.`,
    });
  return el(
    "div",
    { class: "empty" },
    el("h3", { text: "No message yet" }),
    el("p", {
      text: "Send a card through the real template: API, Lambda, DynamoDB, and a stand-in for Messente that delivers it.",
    }),
    el("button", {
      type: "button",
      class: "button primary large",
      text: "Send the first card",
      on: { click: sendFirstCard },
    }),
  );
}
