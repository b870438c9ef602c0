// News for everybody: a line that shows for a while, and that a screen reader reads out.

import { el } from "./dom.js";

const SHOWN_FOR = 6000; // ms
const MOST = 3;

let waiting = []; // what is said before the next frame; of a thousand lines only the last ones are made

/** Say something in passing. @param {"plain"|"good"|"bad"} tone */
export function say(text, tone = "plain") {
  if (!waiting.length) requestAnimationFrame(show);
  waiting = [...waiting, { text, tone }].slice(-MOST);
}

function show() {
  const place = document.getElementById("news");
  for (const { text, tone } of waiting) {
    const line = el("p", { class: `news-line is-${tone}`, dir: "auto", text });
    place.append(line);
    setTimeout(() => line.remove(), SHOWN_FOR);
  }
  waiting = [];
  while (place.children.length > MOST) place.firstChild.remove();
}
