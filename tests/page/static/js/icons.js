// The drawings of the page: strokes on a field of 24 by 24, in the colour of the text around them.

import { svg } from "./dom.js";

const PATHS = {
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2m0 16v2M4.9 4.900l1.4 1.400m11.4 11.4 1.4 1.4M2 12h2m16 0h2M4.9 19.100l1.4-1.4M17.7 6.300l1.4-1.4",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14m5 12 4.5 4.5",
  send: "M4 12 20 4l-5 16-3.5-6.500zm7.5 1.5L20 4",
  back: "m14.5 5-7 7 7 7",
  more: "M12 5.500v.01M12 12v.01M12 18.500v.01",
  close: "m6 6 12 12M18 6 6 18",
  plus: "M12 5v14M5 12h14",
  up: "m6 14 6-6 6 6",
  down: "m6 10 6 6 6-6",
  left: "m14 6-6 6 6 6",
  right: "m10 6 6 6-6 6",
  dial: "M5.5 4h3.200l1.6 4.2-2 1.400a12 12 0 0 0 6.1 6.100l1.4-2 4.2 1.600v3.200a1.5 1.5 0 0 1-1.6 1.5A15.5 15.5 0 0 1 4 5.6 1.5 1.5 0 0 1 5.5 4",
  open: "M14 5h5v5m0-5-8 8M10 6H6.5A1.5 1.5 0 0 0 5 7.500v10A1.5 1.5 0 0 0 6.5 19h10a1.5 1.5 0 0 0 1.5-1.5V14",
  place:
    "M12 21s6.5-5.7 6.5-11a6.5 6.5 0 0 0-13 0c0 5.3 6.5 11 6.5 11m0-13a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6",
  calendar:
    "M6.5 5.500h11A1.5 1.5 0 0 1 19 7v10.500a1.5 1.5 0 0 1-1.5 1.500h-11A1.5 1.5 0 0 1 5 17.5V7a1.5 1.5 0 0 1 1.5-1.5M5 10h14M8.5 3.500v4m7-4v4",
  share:
    "M12 3.500v3m0 11v3m8.5-8.500h-3m-11 0h-3M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10m0 3.500a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3",
  play: "M8.5 5.500v13l10-6.500z",
  file: "M7.5 3.500h6l4.5 4.500v11a1.5 1.5 0 0 1-1.5 1.500h-9A1.5 1.5 0 0 1 6 19V5a1.5 1.5 0 0 1 1.5-1.500m6 0V8h4.5",
  sound: "M5 10v4m3.5-7v10M12 4.500v15M15.5 8v8M19 10.500v3",
  warning: "M12 4.5 3.5 19h17zm0 5.500v4m0 2.500v.01",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16m0 4v4.300l2.8 1.7",
  copy: "M9.5 8.500h8A1.5 1.5 0 0 1 19 10v8a1.5 1.5 0 0 1-1.5 1.500h-8A1.5 1.5 0 0 1 8 18v-8a1.5 1.5 0 0 1 1.5-1.5M15.5 8.5V6A1.5 1.5 0 0 0 14 4.5H6.5A1.5 1.5 0 0 0 5 6v7.5A1.5 1.5 0 0 0 6.5 15H8",
  reply: "m9 7-5 5 5 5m-5-5h9.500a6 6 0 0 1 6 6v1",
  done: "m5 12.5 4.5 4.5L19 7.5",
};

/** Draw an icon; it says nothing to a screen reader, its surroundings do. */
export function icon(name, size = 18) {
  const shape = svg("path", { d: PATHS[name] });
  return svg(
    "svg",
    { class: "drawn", viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true" },
    shape,
  );
}
