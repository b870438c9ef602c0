// The record of the selected message, as it lies in DynamoDB.

import { el, show } from "./dom.js";
import { state } from "./store.js";
import { value } from "./timeline.js";

/** Fill the panel; returns what draws it. */
export function startRecord(panel) {
  const place = el("div");
  panel.append(place);
  return ({ message }) => {
    const record = message?.record ?? null;
    show(place, [{ key: "record", version: [record], make: () => (record ? table(record) : none()) }]);
  };
}

const none = () => el("p", { class: "hint", text: "No record: the message was not claimed." });

function table(record) {
  const caption = el("caption", {
    text: `The item in DynamoDB${state.stack.table ? `, table ${state.stack.table}` : ""}`,
  });
  const head = el(
    "thead",
    {},
    el("tr", {}, el("th", { scope: "col", text: "Attribute" }), el("th", { scope: "col", text: "Value" })),
  );
  const rows = Object.entries(record).map(([name, content]) =>
    el("tr", {}, el("th", { scope: "row", text: name }), el("td", {}, value(content))),
  );
  return el("table", { class: "attributes" }, caption, head, el("tbody", {}, ...rows));
}
