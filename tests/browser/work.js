// Counts what the page does, and lets a test tell it of events. Loaded before the page's own scripts.

const work = { made: 0, touched: 0, sorted: 0 };
const streams = [];

window.EventSource = class extends EventTarget {
  constructor() {
    super();
    streams.push(this);
    setTimeout(() => this.dispatchEvent(new Event("open")));
  }
};

/** Tell the page of messages, all of them before it can draw a frame. */
window.tell = (messages) => {
  for (const each of messages)
    streams.at(-1).dispatchEvent(new MessageEvent("message", { data: JSON.stringify(each) }));
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
