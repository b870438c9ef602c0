// Compose a message: a form, beside it how it will look and its JSON; sent through the API, the queue or an event.

import { freshKey, getExamples, sendMessage, validate } from "./api.js";
import { el, list, object } from "./dom.js";
import { makeEditor, markLines, setText } from "./editor.js";
import { drawForm } from "./form.js";
import { handsetSwitch, onHandset } from "./handset.js";
import { icon } from "./icons.js";
import { say } from "./news.js";
import { peopleDrop } from "./people.js";
import { drawPreview } from "./preview.js";
import { showProblems } from "./problems.js";
import { fieldsAt } from "./schema.js";
import { NEW_MESSAGE } from "./shapes.js";
import { look } from "./store.js";
import { makeTabs } from "./tabs.js";

const PAUSE = 250; // ms without typing, before the payload is validated
const THROUGH = [
  { name: "api", says: "API" },
  { name: "queue", says: "Queue" },
  { name: "event", says: "Event" },
];

/** Let the button open the dialog. */
export function startCompose(dialog, button) {
  let compose = null;
  button.addEventListener("click", async () => {
    compose ??= makeCompose(dialog);
    try {
      await compose.begin();
      dialog.showModal();
    } catch (problem) {
      say(problem.message, "bad");
    }
  });
}

/** Make the dialog's parts once; `edit.payload` is what they all show. */
function makeCompose(dialog) {
  const parts = {
    dialog,
    form: el("form", { class: "form", novalidate: true }),
    preview: el("div", { class: "preview", tabindex: "0" }),
    advice: el("ul", { class: "advice", "aria-label": "Advice" }),
    hint: el("p", { class: "hint schema-hint" }),
    others: el("div", { class: "others" }),
  };
  const edit = { payload: { to: "", messages: [NEW_MESSAGE.rcs] }, timer: 0, wanted: null };
  parts.editor = makeEditor(
    (payload) => takeJson(parts, edit, payload),
    (path) => hintAt(parts.hint, path, edit.payload),
  );
  edit.typed = () => changed(parts, edit);
  edit.rebuilt = () => {
    drawForm(parts.form, edit);
    changed(parts, edit);
  };
  parts.people = peopleDrop(parts, edit);
  onHandset(() => drawPreview(parts.preview, edit.payload));
  parts.form.addEventListener("submit", (event) => event.preventDefault());
  parts.examples = examplePicker((name) => loadExample(parts, edit, name));
  dialog.replaceChildren(...layout(parts, edit));
  return { begin: () => begin(parts, edit) };
}

function layout(parts, edit) {
  const close = el(
    "button",
    {
      type: "button",
      class: "button quiet icon",
      "aria-label": "Close",
      on: { click: () => parts.dialog.close() },
    },
    icon("close"),
  );
  const json = el(
    "div",
    { class: "json" },
    parts.editor.element,
    parts.hint,
    el(
      "p",
      { class: "hint" },
      el("a", {
        href: "/api/schema",
        target: "_blank",
        rel: "noopener noreferrer",
        text: "JSON Schema of the payload",
      }),
    ),
  );
  const looks = el("div", { class: "looks" }, handsetSwitch(), parts.preview, parts.advice, parts.people);
  const tabs = makeTabs("Views of the payload", [
    { id: "preview", title: "Preview", panel: looks },
    { id: "json-view", title: "JSON", panel: json },
  ]);
  return [
    el(
      "div",
      { class: "dialog-head" },
      el("h2", { id: "compose-title", text: "Compose a message" }),
      parts.examples,
      close,
    ),
    el(
      "div",
      { class: "compose-body" },
      parts.form,
      el("div", { class: "compose-side" }, tabs.list, ...tabs.panels),
    ),
    el("div", { class: "dialog-foot" }, parts.others, throughChoice(), sendButton(parts, edit)),
  ];
}

function examplePicker(onChoose) {
  const select = el("select", { id: "example" });
  select.addEventListener("change", () => onChoose(select.value));
  return el("div", { class: "example" }, el("label", { for: "example", text: "Start from" }), select);
}

function throughChoice() {
  const radios = THROUGH.map(({ name, says }) =>
    el(
      "label",
      {},
      el("input", { type: "radio", name: "through", value: name, checked: name === "api" }),
      el("span", { text: says }),
    ),
  );
  return el(
    "fieldset",
    { class: "segments" },
    el("legend", { class: "unseen", text: "Send through" }),
    ...radios,
  );
}

function sendButton(parts, edit) {
  const button = el("button", { type: "button", class: "button primary", text: "Send" });
  button.addEventListener("click", async () => {
    button.disabled = true;
    await send(parts, edit);
    button.disabled = false;
  });
  return button;
}

/** Open: the first time with the first example, later with what was there, under a new message id. */
async function begin(parts, edit) {
  const select = parts.examples.querySelector("select");
  if (select.options.length) return load(edit, edit.payload);
  const names = (await getExamples()).map(({ name }) => name);
  select.append(...names.map((name) => el("option", { value: name, text: name })));
  await loadExample(parts, edit, names[0]);
}

/** Take an example as it is now: what it says to happen in a minute is a minute from here. */
async function loadExample(parts, edit, name) {
  parts.form.replaceChildren(); // what is typed before the example is there would be lost
  const wanted = (edit.wanted = {});
  const { payload } = (await getExamples()).find((each) => each.name === name);
  if (wanted === edit.wanted) load(edit, payload); // else another was chosen since, or JSON was typed
}

function load(edit, payload) {
  edit.payload = { ...structuredClone(payload), idempotency_key: freshKey("message") };
  edit.rebuilt();
}

function takeJson(parts, edit, payload) {
  edit.wanted = null;
  edit.payload = payload;
  drawForm(parts.form, edit);
  changed(parts, edit);
}

/** Show the payload in every view, and validate it once the typing pauses. */
function changed(parts, edit) {
  setText(parts.editor, edit.payload);
  drawPreview(parts.preview, edit.payload);
  clearTimeout(edit.timer);
  edit.timer = setTimeout(() => check(parts, edit), PAUSE);
}

async function check(parts, edit) {
  const asked = edit.timer;
  try {
    const { errors, advice } = await validate(edit.payload);
    if (asked !== edit.timer) return; // it was changed since
    showErrors(parts, edit, errors);
    showAdvice(parts.advice, advice);
  } catch (problem) {
    showErrors(parts, edit, problem.errors ?? [{ source: null, detail: problem.message }]);
  }
}

function showErrors(parts, edit, errors) {
  const others = showProblems(parts.form, edit.payload, errors);
  markLines(parts.editor, edit.payload, errors);
  const lines = others.map(({ source, detail, title }) =>
    el("p", { class: "problem" }, source && el("code", { text: source }), " ", detail || title),
  );
  const count = errors.length - others.length;
  if (count)
    lines.unshift(
      el("p", {
        class: "problem",
        text: count === 1 ? "One field has an error." : `${count} fields have errors.`,
      }),
    );
  parts.others.replaceChildren(...lines);
}

function showAdvice(place, advice) {
  const lines = advice.map(({ rule, detail }) => el("li", {}, el("code", { text: rule }), ` ${detail}`));
  place.replaceChildren(...lines);
}

async function send(parts, edit) {
  clearTimeout(edit.timer);
  const through = parts.dialog.querySelector("[name=through]:checked").value;
  try {
    const { status, id, body } = await sendMessage(through, edit.payload);
    // Through the API, an answer with an id tells of a message; one without is about a payload that is none.
    if (through === "api" && !object(body).id) return refused(parts, edit, status, body);
    parts.dialog.close();
    say(`Submitted through the ${through}: ${status}`, status < 300 ? "good" : "bad");
    look({ number: edit.payload.to, message: id });
    document.body.dataset.column = "phone";
  } catch (problem) {
    showErrors(
      parts,
      edit,
      problem.errors?.length ? problem.errors : [{ source: null, detail: problem.message }],
    );
  }
}

function refused(parts, edit, status, body) {
  const errors = list(object(body).errors);
  showErrors(
    parts,
    edit,
    errors.length ? errors : [{ source: null, detail: `The answer was ${status}: ${JSON.stringify(body)}` }],
  );
  parts.form.querySelector("[aria-invalid]")?.focus();
}

/** Say what may stand where the cursor is. */
async function hintAt(hint, path, payload) {
  const { description, fields } = await fieldsAt(path, payload);
  hint.replaceChildren(
    el("code", { text: path || "payload" }),
    ` ${description} `,
    fields.length ? `Fields: ${fields.join(", ")}.` : "",
  );
}
