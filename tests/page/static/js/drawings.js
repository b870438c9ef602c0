// Drawings of what the examples name, on a field of 320 by 200. What matters is in the middle 120 by 120, which each card shows.

import { svg } from "./dom.js";

const path = (d, fill, more = {}) => svg("path", { d, fill, ...more });
const line = (d, stroke, width = 3) =>
  svg("path", {
    d,
    fill: "none",
    stroke,
    "stroke-width": width,
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
  });
const ground = (fill) => svg("rect", { width: 320, height: 200, fill });
const at = (x, y, ...shapes) => svg("g", { transform: `translate(${x} ${y})` }, ...shapes);

function boot(leather, dark) {
  return [
    path("M4 2h42l2 46c1 9 6 14 15 17l17 6c10 4 15 10 15 20H4c-5-3-5-9-4-14C4 52 6 27 4 2z", leather),
    path("M4 2h42l1 12H5z", dark),
    path("M63 65l17 6c10 4 15 10 15 20H58c-3-12 0-20 5-26z", dark),
    path("M0 91h95v8H36l-3-4-3 8H1z", "#3a2416"),
    line("M30 22l15 4M30 33l16 4M31 44l17 4M34 55l17 3", "#f6e3c0"),
  ];
}

function boots() {
  return [
    ground("#f3dfc1"),
    path("M0 150q160-22 320 0v50H0z", "#d9a566"),
    at(118, 40, ...boot("#7a4722", "#5b3216")),
    at(96, 58, ...boot("#a9652f", "#7a4722")),
    path("M226 150q16-26 34-16-4 22-34 16zM60 160q-4-22-24-24 0 22 24 24z", "#c4542a"),
  ];
}

function scarf() {
  const stripes = (x) => line(`M${x} 112h30M${x} 126h30M${x} 140h30`, "#f7e7ce", 5);
  const fringe = (x) =>
    line(`M${x + 2} 158v12M${x + 9} 158v12M${x + 16} 158v12M${x + 23} 158v12M${x + 29} 158v12`, "#a3242f");
  return [
    ground("#dfe8ee"),
    path("M150 70h30v88h-30z", "#a3242f"),
    path("M118 82h30v76h-30z", "#c9323f"),
    stripes(118),
    line("M150 100h30M150 118h30M150 136h30", "#f7e7ce", 5),
    path(
      "M160 34c38 0 56 15 56 31s-22 32-56 32-56-16-56-32 18-31 56-31zm0 18c-20 0-31 6-31 12s11 12 31 12 31-6 31-12-11-12-31-12z",
      "#d63d4b",
    ),
    line("M112 80q48 24 96 0", "#f7e7ce", 5),
    path("M138 84l30-4 8 26-34 4z", "#b52a37"),
    fringe(118),
    fringe(150),
  ];
}

function umbrella() {
  return [
    ground("#9fb6c9"),
    line(
      "M40 30l-8 20M90 20l-8 20M250 26l-8 20M286 60l-8 20M60 90l-8 20M262 110l-8 20M30 140l-8 20M296 150l-8 20",
      "#dcebf5",
    ),
    line("M160 36v106c0 20 24 20 24 4", "#4b3a2f", 5),
    path(
      "M98 98c2-38 28-60 62-60s60 22 62 60q-10-12-20-1-11-11-21 0-10-12-21-1-11-11-21 1-10-11-20 0-11-10-21 1z",
      "#f0b429",
    ),
    path("M139 97c0-30 8-52 21-59 13 7 21 29 21 58-10-12-21-1-21-1-11-11-21 2-21 2z", "#f7cf6b"),
    path("M0 182q160-14 320 0v18H0z", "#7f97ab"),
  ];
}

const DRAWINGS = { boots, scarf, umbrella };

/** Draw what a file's name says; null if it says nothing that is drawn here. */
export function drawingOf(name) {
  const word = Object.keys(DRAWINGS).find((each) => name.toLowerCase().includes(each));
  return word ? DRAWINGS[word]() : null;
}
