// News for everybody: a line that shows for a while, and that a screen reader reads out.

import { el } from "./dom.js";

const SHOWN_FOR = 6000; // ms
const MOST = 3;

/** Say something in passing. @param {"plain"|"good"|"bad"} tone */
export function say(text, tone = "plain") {
  const place = document.getElementById("news");
  const line = el("p", { class: `news-line is-${tone}`, dir: "auto", text });
  place.append(line);
  while (place.children.length > MOST) place.firstChild.remove();
  setTimeout(() => line.remove(), SHOWN_FOR);
}
