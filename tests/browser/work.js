// Counts what the page does, and tells it of messages. Loaded before the page's own scripts.

const work = { made: 0, touched: 0, sorted: 0 };
const streams = [];

window.EventSource = class extends EventTarget {
  constructor() {
    super();
    streams.push(this);
    setTimeout(() => this.dispatchEvent(new Event("open")));
  }
};

const numberOf = (order) => `+3725${String(order).padStart(7, "0")}`;

/** Make a message as the page's API tells it; a later one has a higher order. */
function message(order, status = "seen", to = numberOf(window.isOneNumber ? 0 : order)) {
  const at = 1_700_000_000_000 + 1000 * order;
  const content = { channel: "rcs", text: `Hello ${order}` };
  const report = { at, kind: "report", says: `Messente reports ${status}`, ok: true, data: { status } };
  return {
    id: `message-${order}`,
    to,
    at,
    begins: at,
    channels: ["rcs"],
    payload: { to, messages: [content] },
    record: { id: `message-${order}`, state: "sent", delivery: status },
    parts: [{ channel: "rcs", message_id: `part-${order}`, content, status, at }],
    accepted: true,
    taps: [],
    timeline: Array(6).fill(report),
  };
}

/** Tell the page of the messages of these orders, all of them before it can draw a frame. */
window.tell = (from, to = from + 1, ...given) => {
  for (let order = from; order < to; order += 1) {
    const data = JSON.stringify(message(order, ...given));
    streams.at(-1).dispatchEvent(new MessageEvent("message", { data }));
  }
};

for (const name of ["createElement", "createElementNS"]) {
  const make = Document.prototype[name];
  Document.prototype[name] = function (...given) {
    work.made += 1;
    return make.apply(this, given);
  };
}

const sort = Array.prototype.sort;
Array.prototype.sort = function (...given) {
  work.sorted += this.length;
  return sort.apply(this, given);
};

new MutationObserver((records) => (work.touched += records.length)).observe(document, {
  subtree: true,
  childList: true,
  attributes: true,
  characterData: true,
});

/** Do something, wait until it is drawn, and return the work: elements made, changes of the document, items sorted. */
window.counted = async (act) => {
  Object.assign(work, { made: 0, touched: 0, sorted: 0 });
  act();
  // The frame that draws, the frame that says the news, and the end of that one.
  for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
  return { ...work };
};
