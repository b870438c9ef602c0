// A CSV of people, dropped beside the preview: the first messages, and what send-many would say of the file.

import { checkPeople } from "./api.js";
import { el } from "./dom.js";
import { drawPreview } from "./preview.js";

const MOST = 50; // errors that are shown

/** Make the place where a CSV can be dropped or chosen; each column stands for its {{placeholder}} in the message. */
export function peopleDrop(parts, edit) {
  const told = el("div", { class: "people-told", role: "status" });
  const input = el("input", { type: "file", id: "people", accept: ".csv,.tsv,text/csv" });
  const take = (file) => file && check(parts.preview, told, edit, file);
  input.addEventListener("change", () => take(input.files[0]));
  const place = el(
    "div",
    { class: "people" },
    el("label", { for: "people", text: "Drop a CSV of people here, or choose one" }),
    input,
    told,
  );
  place.addEventListener("dragover", (event) => event.preventDefault());
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });
  return place;
}

async function check(preview, told, edit, file) {
  const say = (...lines) => told.replaceChildren(...lines.map((text) => el("p", { text })));
  try {
    const { lines, first, errors, ignored } = await checkPeople(await file.text(), edit.payload);
    const shown = first.map((payload) => {
      const drawn = el("div", { class: "preview-of" });
      drawPreview(drawn, payload);
      return [el("p", { class: "preview-to", text: `To ${payload.to}` }), drawn];
    });
    if (first.length) preview.replaceChildren(...shown.flat());
    const wrong = errors.slice(0, MOST).map(({ line, source, detail }) => `Line ${line}, ${source}: ${detail}`);
    const sum = errors.length
      ? `${errors.length} errors: nothing of this file would be queued.`
      : `${lines} messages, the first ${first.length} above. rcs send-many queues them; the page does not.`;
    say(sum, ...ignored, ...wrong);
  } catch (problem) {
    say(problem.message);
  }
}
