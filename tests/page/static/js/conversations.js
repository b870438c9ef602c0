// Left column: conversations by number, with their channels. Only the rows that are in view are there.

import { el, show } from "./dom.js";
import { CHANNELS, channelName, phoneNumber, shortTime } from "./format.js";
import { icon } from "./icons.js";
import { change, look, state, watch } from "./store.js";
import { firstContent, isOptedOut, offPhone, onPhone, summary, whyOff } from "./threads.js";
import { STATUS_WORDS, ticks } from "./ticks.js";

const ROW = 84; // px that each row is high
const BEYOND = 3; // rows above and below the view, so that a quick scroll shows no gap
const RESTS = 1000; // ms that the rows keep their order after the pointer moved: none may slip away under it
const OFF_WORDS = { scheduled: "scheduled", unknown: "unknown", open: "not sent yet", over: "not sent" };

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
  const rows = el("ul", { vars: { "--row": `${ROW}px` } });
  const view = el("div", { class: "threads" }, rows);
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
    view,
    none,
  );
  const list = { view, rows, none, found: [], rest: null };
  view.addEventListener("scroll", () => drawRows(list));
  rows.addEventListener("keydown", (event) => move(event, list));
  rows.addEventListener("pointermove", () => rest(list));
  new ResizeObserver(() => drawRows(list)).observe(view);
  watch(() => {
    show(filters, ["all", ...Object.keys(CHANNELS)].map(filter));
    draw(list);
  });
}

function draw(list) {
  list.found = inOrder(state.threads, list.rest?.numbers).filter(matches);
  list.none.textContent = list.found.length
    ? ""
    : state.messages.size
      ? "No conversation matches."
      : "Conversations appear here, by number.";
  drawRows(list);
}

/** Keep the order of the rows while the pointer moves over them; new ones are shown after that. */
function rest(list) {
  const numbers = list.rest?.numbers ?? list.found.map(({ number }) => number);
  clearTimeout(list.rest?.timer);
  const timer = setTimeout(() => {
    list.rest = null;
    change({});
  }, RESTS);
  list.rest = { numbers, timer };
}

function inOrder(threads, numbers) {
  if (!numbers) return threads;
  const byNumber = new Map(threads.map((thread) => [thread.number, thread]));
  return numbers.map((number) => byNumber.get(number)).filter(Boolean);
}

function drawRows({ view, rows, found }) {
  const first = Math.max(0, Math.floor(view.scrollTop / ROW) - BEYOND);
  const drawn = found.slice(first, first + Math.ceil(view.clientHeight / ROW) + 2 * BEYOND);
  const below = found.length - first - drawn.length;
  rows.style.paddingTop = `${first * ROW}px`;
  rows.style.paddingBottom = `${below * ROW}px`;
  const selected = state.thread?.number;
  // The Tab key stops at one row: the selected one, or the first if that is not here.
  const stop = drawn.some(({ number }) => number === selected) ? selected : drawn[0]?.number;
  const hadFocus = rows.contains(document.activeElement);
  show(
    rows,
    drawn.map((thread) => entry(thread, thread.number === selected, thread.number === stop)),
  );
  [...rows.children].forEach((row, index) => {
    row.ariaPosInSet = first + index + 1;
    row.ariaSetSize = found.length;
  });
  if (hadFocus && !rows.contains(document.activeElement)) rows.querySelector("[tabindex='0']")?.focus();
}

const MOVES = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };

/** Choose the row above or below with the arrow keys, the first or the last with Home and End. */
function move(event, list) {
  const step = MOVES[event.key];
  if (!step || !list.found.length) return;
  event.preventDefault();
  const from = list.found.findIndex(({ number }) => number === state.thread?.number);
  const to = Math.min(Math.max(from + step, 0), list.found.length - 1);
  const { view, rows } = list;
  view.scrollTop = Math.min(Math.max(view.scrollTop, (to + 1) * ROW - view.clientHeight), to * ROW);
  drawRows(list);
  rows.querySelector(`[data-focus="thread/${CSS.escape(list.found[to].number)}"]`)?.focus();
  look({ number: list.found[to].number, message: null });
}

function matches(thread) {
  const { search, channel } = state.look;
  const wanted = search.trim().toLowerCase();
  if (channel !== "all" && !thread.channels.includes(channel)) return false;
  if (!wanted) return true;
  const texts = thread.messages.flatMap((message) => [message.id, summary(firstContent(message))]);
  const all = [thread.number, phoneNumber(thread.number), ...texts];
  return all.some((each) => each.toLowerCase().includes(wanted));
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
  return { key: channel, version: [chosen], make };
}

/** Say what happened last in a conversation. @returns {{text: string, status?: string, note?: string, isBad?: boolean}} */
function lastOf(thread) {
  const last = onPhone(thread).findLast(({ kind }) => kind !== "opt-out");
  const off = offPhone(thread).at(-1);
  if (off && (!last || off.at > last.at)) {
    const why = whyOff(off);
    return { text: summary(firstContent(off)), note: OFF_WORDS[why], isBad: why === "over" };
  }
  if (!last) return { text: "" };
  if (last.kind === "inbound") return { text: last.inbound.text, note: "recipient" };
  return { text: summary(last.part.content), status: last.part.status };
}

function entry(thread, selected, isStop) {
  const last = lastOf(thread);
  const optedOut = isOptedOut(thread);
  return {
    key: thread.number,
    version: [thread.channels, shortTime(thread.at), last, optedOut, selected, isStop],
    make: () => el("li", {}, row(thread, last, optedOut, selected, isStop)),
  };
}

function row(thread, { text, status, note, isBad }, optedOut, selected, isStop) {
  return el(
    "button",
    {
      type: "button",
      class: "thread-row",
      tabindex: isStop ? "0" : "-1",
      "aria-current": selected ? "true" : null,
      data: { focus: `thread/${thread.number}` },
      on: { click: () => choose(thread.number) },
    },
    el(
      "span",
      { class: "thread-top" },
      el("b", { text: phoneNumber(thread.number) || "No number" }),
      el("time", { text: shortTime(thread.at) }),
    ),
    el(
      "span",
      { class: "thread-last" },
      note && el("i", { class: `thread-note${isBad ? " is-bad" : ""}`, text: note }),
      el("span", { class: "clip", dir: "auto", text }),
    ),
    el(
      "span",
      { class: "thread-channels" },
      ...thread.channels.map(tag),
      optedOut && el("span", { class: "badge is-expired", text: "opted out" }),
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
