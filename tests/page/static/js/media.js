// Pictures, films and files. A payload's URL is never loaded: the page draws what the name says, or a landscape.

import { el, svg } from "./dom.js";
import { drawingOf } from "./drawings.js";
import { hue } from "./format.js";
import { icon } from "./icons.js";
import { fileName } from "./links.js";

const KINDS = {
  film: /\.(mp4|m4v|webm|mov|3gp|mpeg|mpg)$/i,
  sound: /\.(mp3|ogg|aac|m4a|amr|wav|opus)$/i,
  file: /\.(pdf|docx?|xlsx?|pptx?|zip|csv|txt|vcf|ics)$/i,
};

/** Tell by a file's name what it is: "film", "sound", "file" or "picture". */
export function kindOf(name) {
  return Object.keys(KINDS).find((kind) => KINDS[kind].test(name)) ?? "picture";
}

/** Draw what stands for the file at a URL, with the file's name on it. */
export function media(url, given = {}) {
  const name = fileName(url);
  const kind = given.kind ?? kindOf(name);
  const label = `${kind[0].toUpperCase()}${kind.slice(1)} ${name}, not loaded`;
  return el(
    "figure",
    { class: `media ${given.class ?? ""}`, role: "img", "aria-label": label, title: `${url} (not loaded)` },
    picture(drawingOf(name) ?? landscape(String(url))),
    kind === "film" && el("span", { class: "play" }, icon("play", 22)),
    el("figcaption", { dir: "auto", text: name }),
  );
}

/** Draw the row of a file that one opens: a document, a sound. */
export function attachment(url, name = fileName(url)) {
  const kind = kindOf(fileName(url));
  const drawn = el("span", { class: "attachment-icon" }, icon(kind === "sound" ? "sound" : "file", 22));
  const extension = /\.([a-z0-9]{1,5})$/i.exec(fileName(url))?.[1].toUpperCase() ?? "File";
  const said = el(
    "span",
    { class: "attachment-name" },
    el("b", { dir: "auto", text: name }),
    el("span", { text: `${extension} · not loaded` }),
  );
  return el("div", { class: "attachment" }, drawn, said);
}

function picture(shapes) {
  const given = { class: "landscape", viewBox: "0 0 320 200", preserveAspectRatio: "xMidYMid slice" };
  return svg("svg", { ...given, "aria-hidden": "true" }, ...shapes);
}

/** Draw a quiet landscape whose colours and hills come from the text. */
function landscape(seed) {
  const base = hue(seed);
  const shade = (turn, saturation, light) => `hsl(${(base + turn) % 360} ${saturation}% ${light}%)`;
  const low = hue(`${seed}hills`) / 10;
  const sky = svg("rect", { width: 320, height: 200, fill: shade(0, 46, 82) });
  const glow = svg("ellipse", { cx: 160, cy: 210, rx: 260, ry: 120, fill: shade(30, 62, 88) });
  const sun = svg("circle", { cx: 60 + (base % 200), cy: 58, r: 24, fill: shade(40, 80, 93) });
  const far = svg("path", {
    d: `M0 ${118 - low / 2}Q70 ${70 + low} 150 ${112 - low / 3}T320 ${92 + low / 2}V200H0z`,
    fill: shade(12, 34, 66),
  });
  const near = svg("path", {
    d: `M0 ${150 - low / 3}Q90 ${182 - low} 180 ${146 - low / 4}T320 ${158 - low / 2}V200H0z`,
    fill: shade(18, 36, 48),
  });
  const front = svg("path", {
    d: `M0 ${182 - low / 4}Q110 ${158 + low / 3} 210 ${184 - low / 5}T320 ${176 - low / 6}V200H0z`,
    fill: shade(26, 40, 34),
  });
  return [sky, glow, sun, far, near, front];
}
