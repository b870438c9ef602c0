// Texts of payloads. A link is only what begins with http or https, and nothing is loaded before somebody follows it.

import { el, words } from "./dom.js";

const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/giu;

/** Return the URL if it may be followed, else null: javascript: and the like stay text. */
export function followable(url) {
  try {
    return ["http:", "https:"].includes(new URL(words(url)).protocol) ? words(url) : null;
  } catch {
    return null;
  }
}

/** Make a link that opens beside the page and tells the other side nothing about it; plain text if it may not. */
export function link(url, text = url) {
  const href = followable(url);
  if (!href) return el("span", { class: "untouched", dir: "auto", text });
  return el("a", { href, target: "_blank", rel: "noopener noreferrer", text });
}

/** Take the file's name out of a URL, without loading anything. */
export function fileName(url) {
  const path = words(url).split(/[?#]/)[0];
  return decoded(path.split("/").pop() || path) || "file";
}

function decoded(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** Make a paragraph of a text, with its links; its direction is its own and ends with it. */
export function prose(text, given = {}) {
  const whole = words(text);
  const pieces = [];
  let end = 0;
  for (const match of whole.matchAll(LINK)) {
    pieces.push(whole.slice(end, match.index), link(match[0]));
    end = match.index + match[0].length;
  }
  return el("p", { dir: "auto", ...given }, ...pieces, whole.slice(end));
}
