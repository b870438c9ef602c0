// Left column: conversations by number, with their channels.

import { el, show } from "./dom.js";
import { CHANNELS, channelName, phoneNumber, shortTime } from "./format.js";
import { icon } from "./icons.js";
import { look, state, watch } from "./store.js";
import { notSent, onPhone, selectedThread, summary, threads } from "./threads.js";
import { STATUS_WORDS, ticks } from "./ticks.js";

/** Draw the list into its column, and keep it up to date. */
export function startConversations(column) {
  const search = el("input", {
    type: "search",
    id: "search",
    placeholder: "Number or text",
    autocomplete: "off",
  });
  search.addEventListener("input", () => look({ search: search.value }));
  const filters = el("div", { class: "filters", role: "group", "aria-label": "Channel" });
  const items = el("ul", { class: "threads" });
  const none = el("p", { class: "hint" });
  const field = el(
    "div",
    { class: "search" },
    icon("search", 16),
    el("label", { class: "unseen", for: "search", text: "Search conversations" }),
    search,
  );
  column.replaceChildren(
    el(
      "div",
      { class: "column-head" },
      el("h2", { id: "conversations-title", text: "Conversations" }),
      field,
      filters,
    ),
    items,
    none,
  );
  watch(() => draw(filters, items, none));
}

function draw(filters, items, none) {
  const found = threads(state).filter(matches);
  const selected = selectedThread(state)?.number;
  show(filters, ["all", ...Object.keys(CHANNELS)].map(filter));
  show(
    items,
    found.map((thread) => entry(thread, thread.number === selected)),
  );
  none.textContent = found.length
    ? ""
    : state.messages.length
      ? "No conversation matches."
      : "Conversations appear here, by number.";
}

function matches(thread) {
  const { search, channel } = state.look;
  const wanted = search.trim().toLowerCase();
  const text = [
    thread.number,
    phoneNumber(thread.number),
    ...thread.messages.map(previewOf),
    ...thread.messages.map(({ id }) => id),
  ];
  return (
    (channel === "all" || thread.channels.includes(channel)) &&
    text.some((each) => each.toLowerCase().includes(wanted))
  );
}

function filter(channel) {
  const chosen = state.look.channel === channel;
  const make = () =>
    el("button", {
      type: "button",
      class: "filter",
      "aria-pressed": String(chosen),
      data: { focus: `filter/${channel}` },
      text: channel === "all" ? "All" : channelName(channel),
      on: { click: () => look({ channel }) },
    });
  return { key: channel, version: chosen, make };
}

function previewOf(message) {
  return summary(message.payload?.messages?.[0] ?? message.parts[0]?.content ?? message.payload);
}

/** Say what happened last in a conversation. @returns {{text: string, status: string|null, note: string}} */
function lastOf(thread) {
  const last = onPhone(thread).at(-1);
  const unsent = notSent(thread).at(-1);
  if (unsent && (!last || unsent.at > last.at))
    return { text: previewOf(unsent), status: null, note: "not sent" };
  if (!last) return { text: "", status: null, note: "" };
  if (last.kind === "inbound") return { text: last.inbound.text, status: null, note: "recipient" };
  return { text: summary(last.part.content), status: last.part.status, note: "" };
}

function entry(thread, selected) {
  const last = lastOf(thread);
  const version = [thread.channels, shortTime(thread.at), last, selected];
  return { key: thread.number, version, make: () => el("li", {}, row(thread, last, selected)) };
}

function row(thread, { text, status, note }, selected) {
  return el(
    "button",
    {
      type: "button",
      class: "thread-row",
      "aria-current": selected ? "true" : null,
      data: { focus: `thread/${thread.number}` },
      on: { click: () => choose(thread.number) },
    },
    el(
      "span",
      { class: "thread-top" },
      el("b", { text: phoneNumber(thread.number) }),
      el("time", { text: shortTime(thread.at) }),
    ),
    el(
      "span",
      { class: "thread-last" },
      note && el("i", { class: `thread-note${note === "not sent" ? " is-bad" : ""}`, text: note }),
      el("span", { class: "clip", dir: "auto", text }),
    ),
    el(
      "span",
      { class: "thread-channels" },
      ...thread.channels.map(tag),
      status &&
        el(
          "span",
          { class: "thread-status" },
          el("span", { class: "unseen", text: STATUS_WORDS[status] ?? status }),
          ticks(status),
        ),
    ),
  );
}

function tag(channel) {
  return el("span", { class: `tag is-${channel}`, text: channelName(channel) });
}

function choose(number) {
  look({ number, message: null });
  document.body.dataset.column = "phone";
}
