// The payload as JSON: a text field with line numbers, which marks the lines that have errors.

import { el } from "./dom.js";
import { linesOf } from "./jsonlines.js";
import { pathOf } from "./problems.js";

/**
 * Make the editor.
 * @param {(payload: Object) => void} onPayload  gets what was typed, once it is a JSON object
 * @param {(line: number, path: string) => void} onCursor
 */
export function makeEditor(onPayload, onCursor) {
  const numbers = el("div", { class: "editor-numbers", "aria-hidden": "true" });
  const input = el("textarea", {
    id: "json",
    class: "editor-text",
    spellcheck: "false",
    autocapitalize: "off",
    wrap: "off",
  });
  const trouble = el("p", { class: "problem", role: "status" });
  const label = el("label", { class: "unseen", for: "json", text: "The payload as JSON" });
  const editor = {
    input,
    numbers,
    trouble,
    marks: new Set(),
    element: el(
      "div",
      { class: "editor-outer" },
      el("div", { class: "editor" }, numbers, label, input),
      trouble,
    ),
  };
  input.addEventListener("input", () => typed(editor, onPayload));
  input.addEventListener("scroll", () => (numbers.scrollTop = input.scrollTop));
  for (const name of ["keyup", "click"]) input.addEventListener(name, () => onCursor(cursorPath(input)));
  return editor;
}

/** Show a payload that was changed elsewhere. */
export function setText(editor, payload) {
  if (document.activeElement === editor.input) return;
  editor.input.value = JSON.stringify(payload, null, 2);
  editor.trouble.textContent = "";
  drawNumbers(editor);
}

/** Mark the lines of errors. */
export function markLines(editor, payload, errors) {
  const lines = readLines(editor.input.value);
  editor.marks = new Set(errors.map((error) => lineOf(lines, pathOf(error.source, payload))));
  drawNumbers(editor);
}

function readLines(text) {
  try {
    JSON.parse(text);
    return linesOf(text);
  } catch {
    return new Map();
  }
}

function lineOf(lines, path) {
  for (let length = path.length; length >= 0; length -= 1) {
    const line = lines.get(path.slice(0, length).join("/"));
    if (line) return line;
  }
  return 0;
}

function typed(editor, onPayload) {
  drawNumbers(editor);
  try {
    const payload = JSON.parse(editor.input.value);
    if (typeof payload !== "object" || payload === null || Array.isArray(payload))
      throw new Error("it must be an object");
    editor.trouble.textContent = "";
    onPayload(payload);
  } catch (problem) {
    editor.trouble.textContent = `Not a payload yet: ${problem.message}`;
  }
}

function drawNumbers({ input, numbers, marks }) {
  const count = input.value.split("\n").length;
  numbers.replaceChildren(
    ...Array.from({ length: count }, (_, index) =>
      el("span", { class: marks.has(index + 1) ? "is-marked" : "", text: String(index + 1) }),
    ),
  );
  numbers.scrollTop = input.scrollTop;
}

/** Find the path of the value in the cursor's line. */
function cursorPath(input) {
  const line = input.value.slice(0, input.selectionStart).split("\n").length;
  let path = "";
  for (const [each, begins] of readLines(input.value)) if (begins <= line) path = each;
  return path;
}
