// The phone of the recipient: the brand above, the conversation, and a box to write as the recipient.

import { inbound } from "./api.js";
import { drawBrand, intro } from "./brand.js";
import { chips, inboundBubble, optOutLine, partBubble } from "./bubble.js";
import { el, list, show } from "./dom.js";
import { channelName, clock } from "./format.js";
import { handsetSwitch, isIphone, onHandset } from "./handset.js";
import { icon } from "./icons.js";
import { say } from "./news.js";
import { notes } from "./notsent.js";
import { sendFirstCard } from "./first.js";
import { look, state, watch } from "./store.js";
import { isCorrected, offPhone, onPhone } from "./threads.js";

const AT_ONCE = 40; // entries of a conversation that are drawn; earlier ones on request

/** Draw the phone into its column, and keep it up to date. */
export function startPhone(column) {
  const parts = frame();
  column.replaceChildren(handsetSwitch(), parts.notes, parts.device);
  parts.thread.addEventListener("scroll", () => (parts.isAtEnd = isAtEnd(parts.thread)));
  // Whatever takes room from the conversation (notes, a sheet, a smaller window): its end stays in view.
  new ResizeObserver(() => parts.isAtEnd && toEnd(parts.thread)).observe(parts.thread);
  watch(() => draw(parts));
  onHandset(() => draw(parts));
}

const isAtEnd = ({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight < 24;
const toEnd = (thread) => thread.scrollTo({ top: thread.scrollHeight });

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
    number: null, // of the conversation that is drawn
    last: null, // the key of its last entry
    isAtEnd: true,
    most: AT_ONCE,
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
  const { thread } = state;
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
  const { thread } = state;
  const entries = thread ? onPhone(thread) : [];
  if (thread?.number !== parts.number) {
    parts.sheet.replaceChildren();
    Object.assign(parts, { number: thread?.number, last: null, most: AT_ONCE });
  }
  parts.device.classList.toggle("is-empty", !entries.length);
  parts.box.hidden = !thread;
  parts.clockFace.textContent = clock(Date.now());
  drawBrand(parts.brand, thread, entries);
  show(parts.notes, notes(thread ? offPhone(thread) : []));
  const shown = threadEntries(parts, thread, entries);
  show(parts.thread, shown);
  const last = entries.length ? keyOf(entries.at(-1)) : "empty";
  if (parts.isAtEnd || last !== parts.last) toEnd(parts.thread);
  parts.last = last;
}

function threadEntries(parts, thread, entries) {
  if (!entries.length) return [{ key: "empty", version: [Boolean(thread)], make: () => emptyThread(thread) }];
  const chosen = entries.findIndex(({ message }) => message && message.id === state.look.message);
  const first = Math.max(0, Math.min(entries.length - parts.most, chosen < 0 ? Infinity : chosen));
  const lasts = ["part", "inbound"].map((wanted) => entries.findLast(({ kind }) => kind === wanted));
  const shown = entries
    .slice(first)
    .map((entry, index) => threadEntry(parts, entry, entries[first + index - 1], lasts.includes(entry)));
  const begin = first ? earlier(parts, first) : intro(entries);
  return [begin, ...shown, ...lastChips(parts, entries)];
}

function earlier(parts, count) {
  const more = () => {
    parts.most += AT_ONCE;
    draw(parts);
  };
  const text = `Show earlier ones (${count})`;
  const make = () =>
    el("button", {
      type: "button",
      class: "button small earlier",
      data: { focus: "earlier" },
      text,
      on: { click: more },
    });
  return { key: "earlier", version: [count], make };
}

const keyOf = ({ kind, at, message, index }) =>
  kind === "part" ? `part/${message.id}/${index}` : `${kind}/${at}`;

function threadEntry(parts, entry, before, last) {
  const key = keyOf(entry);
  if (entry.kind === "inbound")
    return { key, version: [entry.inbound, last], make: () => inboundBubble(entry, last) };
  if (entry.kind === "opt-out") return { key, version: [entry.optOut], make: () => optOutLine(entry) };
  const { message, part, at } = entry;
  const selected = state.message?.id === message.id;
  const corrections = [message.record?.state === "unknown", isCorrected(message)];
  return {
    key,
    version: [part, message.taps, ...corrections, selected, last, at, before?.kind, isIphone()],
    make: () =>
      partBubble(entry, {
        selected,
        last,
        onTap: tapper(parts),
        onSelect: ({ id }) => look({ message: id }),
      }),
  };
}

/** Chips are below the last message only, and go when the recipient taps or writes. */
function lastChips(parts, entries) {
  const last = entries.at(-1);
  const suggestions = list(last.part?.content?.suggestions);
  if (!suggestions.length) return [];
  return [{ key: `chips/${keyOf(last)}`, version: [suggestions, isIphone()], make: () => chips(last, tapper(parts)) }];
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
