// What the server said last, and what the person looks at. Changes are drawn in frames: all those of one frame at once.

import { getState } from "./api.js";
import { group } from "./threads.js";

/**
 * @typedef {Object} Message  see the API: id, to, recipient, at, channels, payload, record, parts, accepted, taps, timeline
 * @typedef {Object} Inbound  at, from, recipient, channel, text, postback_data, message, answers
 * @typedef {Object} OptOut   at, to, state, by
 */

const MOST = 500; // messages, inbound messages and changes of opt-outs; the server forgets older ones too
const STAYS = 1500; // ms that a conversation which nobody chose stays on the phone before a newer one takes its place

/** `look.number` and `look.message` are what the person chose; null: the newest. */
export const state = {
  messages: new Map(), // by id, the oldest first
  dead_letters: [],
  faults: [],
  inbound: [],
  opt_outs: [],
  stack: {},
  commands: {},
  settings: { mode: "up", reports: true },
  choices: { answers: [], courses: [], modes: [] },
  connected: null,
  look: { number: null, message: null, search: "", channel: "all" },
  // Made of the above before each drawing:
  threads: [], // the conversations, the newest first
  thread: null, // the one that is looked at
  message: null, // the message that is looked at
};

const watchers = [];
const listeners = { message: [], deployed: [] };
const before = new Map(); // each message that changed since the last drawing, as it was drawn; null: not at all
let isDue = false; // a drawing
let isPressed = false; // a button of the pointer; what is drawn again before the release would not be clicked
let isOld = false; // what the conversations are made of has changed
let newest = { number: null, since: 0 };

/** Call `watcher(state)` now, and once in each frame that has something new. */
export function watch(watcher) {
  watchers.push(watcher);
  watcher(state);
}

/** Take new values over. */
export function change(values) {
  Object.assign(state, values);
  isOld ||= "messages" in values || "inbound" in values || "opt_outs" in values;
  if (!isDue) requestAnimationFrame(draw);
  isDue = true;
}

/** Look at something else: any of number, message, search, channel. */
export function look(values) {
  change({ look: { ...state.look, ...values } });
}

/** Call `listener(now, before)` once in a frame for each message that changed, or when a deployment ends. */
export const onNews = (kind, listener) => listeners[kind].push(listener);

for (const name of ["pointerdown", "pointermove", "pointerup", "pointercancel", "change"])
  addEventListener(name, press, true);

/** Draw nothing while the pointer is pressed. The click follows the release, and the next frame comes after it. */
function press({ buttons }) {
  isPressed = buttons === 1;
  if (!isPressed && isDue) requestAnimationFrame(draw);
}

function draw() {
  if (isPressed || !isDue) return;
  isDue = false;
  if (isOld) state.threads = group(state);
  isOld = false;
  state.thread = threadLookedAt();
  const messages = state.thread?.messages ?? [];
  state.message = messages.find(({ id }) => id === state.look.message) ?? messages.at(-1) ?? null;
  for (const each of watchers) each(state);
  for (const [id, old] of before) if (state.messages.has(id)) tell("message", state.messages.get(id), old);
  before.clear();
}

function threadLookedAt() {
  const find = (wanted) => state.threads.find(({ number }) => number === wanted);
  if (state.look.number !== null) return find(state.look.number) ?? group({}, state.look.number)[0];
  const now = performance.now();
  const [first] = state.threads;
  if (first && first.number !== newest.number) {
    const rest = find(newest.number) ? newest.since + STAYS - now : 0;
    if (rest <= 0) newest = { number: first.number, since: now };
    else setTimeout(change, rest, {});
  }
  return find(newest.number) ?? null;
}

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
    const loaded = await getState();
    change({
      ...loaded,
      messages: new Map(loaded.messages.map((each) => [each.id, each])),
      connected: true,
    });
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
  inbound: (inbound) => change({ inbound: added(state.inbound, inbound, "from") }),
  opt_out: (optOut) => change({ opt_outs: added(state.opt_outs, optOut, "to") }),
  deployed: (deployed) => tell("deployed", deployed, null),
};

function takeMessage(message) {
  const { messages } = state;
  const old = messages.get(message.id) ?? null;
  if (old && old.timeline.length > message.timeline.length) return; // from before everything was loaded
  if (!before.has(message.id)) before.set(message.id, old);
  messages.set(message.id, message);
  if (messages.size > MOST) forget(messages.keys().next().value);
  change({ messages });
}

function forget(id) {
  state.messages.delete(id);
  before.delete(id);
}

/** Add what is not there yet: an event may tell of something that was loaded already. */
function added(list, item, name) {
  if (list.some((each) => each.at === item.at && each[name] === item[name])) return list;
  return [...list, item].slice(-MOST);
}

function tell(kind, now, old) {
  for (const each of listeners[kind]) each(now, old);
}
