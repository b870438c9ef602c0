// How far a message got, as on a handset: one tick sent, two delivered, two filled ones seen.

import { icon } from "./icons.js";
import { svg } from "./dom.js";

export const STATUS_WORDS = {
  waiting: "waiting",
  accepted: "sent",
  delivered: "delivered",
  seen: "seen",
  failed: "failed",
  expired: "expired",
  cancelled: "cancelled",
  not_needed: "not needed",
};

const CIRCLES = { accepted: 1, delivered: 2, seen: 2 };

/** Draw the ticks of a status; the words beside them say the same. */
export function ticks(status) {
  if (!(status in CIRCLES))
    return mark(status === "expired" || status === "waiting" ? "clock" : "warning", status);
  const circles = Array.from({ length: CIRCLES[status] }, (_, index) => circle(9 + index * 11));
  const width = 18 + (CIRCLES[status] - 1) * 11;
  const given = {
    class: `ticks is-${status}`,
    viewBox: `0 0 ${width} 18`,
    width: (width * 14) / 18,
    height: 14,
  };
  return svg("svg", { ...given, "aria-hidden": "true" }, ...circles);
}

function mark(name, status) {
  const drawn = icon(name, 15);
  drawn.classList.add("ticks", `is-${status}`);
  return drawn;
}

function circle(x) {
  const ring = svg("circle", { cx: x, cy: 9, r: 7.5 });
  return svg("g", {}, ring, svg("path", { d: `m${x - 3.2} 9.3 2.2 2.2 4-4.5` }));
}
