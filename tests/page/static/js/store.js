// What the server said last, and what the person looks at. Every change goes through `change`, which tells each view.

import { getState } from "./api.js";

/**
 * @typedef {Object} Message  see the API: id, to, at, channels, payload, record, parts, accepted, taps, timeline
 * @typedef {Object} Inbound  at, from, channel, text, postback_data, message, answers
 */

const EMPTY = {
  messages: [],
  dead_letters: [],
  faults: [],
  inbound: [],
  stack: {},
  commands: {},
  settings: { mode: "up", reports: true },
};
const NO_CHOICES = { answers: [], courses: [], modes: [], examples: [] };

/** `number` and `message` are what is selected; null: the newest. */
export const state = {
  ...EMPTY,
  choices: NO_CHOICES,
  connected: null,
  look: { number: null, message: null, search: "", channel: "all" },
};

const watchers = [];

/** Call `watcher(state)` now and after each change. */
export function watch(watcher) {
  watchers.push(watcher);
  watcher(state);
}

/** Take new values over and tell every watcher. */
export function change(values) {
  Object.assign(state, values);
  for (const each of watchers) each(state);
}

/** Look at something else: any of number, message, search, channel. */
export function look(values) {
  change({ look: { ...state.look, ...values } });
}

const listeners = { message: [], inbound: [], deployed: [] };

/** Call `listener(now, before)` when a message, an inbound message or a deployment arrives. */
export const onNews = (kind, listener) => listeners[kind].push(listener);

/** Load everything, then follow the stream of events; a stream that comes back loads everything again. */
export function connect() {
  const stream = new EventSource("/api/events");
  stream.addEventListener("open", reload);
  stream.addEventListener("error", () => change({ connected: false }));
  for (const [kind, take] of Object.entries(TAKES)) {
    stream.addEventListener(kind, (event) => inTurn(() => take(JSON.parse(event.data))));
  }
}

let waiting = null; // what arrived while everything was being loaded, and is taken after it

function inTurn(take) {
  if (waiting) waiting.push(take);
  else take();
}

async function reload() {
  waiting = [];
  try {
    change({ ...(await getState()), connected: true });
  } catch {
    change({ connected: false });
  }
  const arrived = waiting;
  waiting = null;
  for (const take of arrived) take();
}

const TAKES = {
  message: takeMessage,
  settings: change,
  dead_letters: (letters) => change({ dead_letters: letters }),
  inbound: takeInbound,
  deployed: (deployed) => tell("deployed", deployed, null),
};

function takeMessage(message) {
  const before = state.messages.find((each) => each.id === message.id) ?? null;
  if (before && before.timeline.length > message.timeline.length) return; // from before everything was loaded
  const others = state.messages.filter((each) => each.id !== message.id);
  change({ messages: [...others, message].sort((one, other) => one.at - other.at) });
  tell("message", message, before);
}

function takeInbound(inbound) {
  if (state.inbound.some((each) => each.at === inbound.at && each.from === inbound.from)) return;
  change({ inbound: [...state.inbound, inbound] });
  tell("inbound", inbound, null);
}

function tell(kind, now, before) {
  for (const each of listeners[kind]) each(now, before);
}
