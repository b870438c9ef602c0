// The form of a payload, drawn from its shapes. It edits the payload in place and says when it did.

import { el, list as asList, object } from "./dom.js";
import { channelName } from "./format.js";
import { icon } from "./icons.js";
import { CHANNEL_SHAPES, NEW_MESSAGE, PAYLOAD_SHAPE } from "./shapes.js";

/**
 * @typedef {Object} Edit
 * @property {Object} payload
 * @property {() => void} typed     a value changed
 * @property {() => void} rebuilt   fields came or went: the form is drawn again
 */

/** Draw the form into its place. @param {Edit} edit */
export function drawForm(place, edit) {
  const focused = place.contains(document.activeElement) ? document.activeElement.id : null;
  place.replaceChildren(...groupFields(PAYLOAD_SHAPE, edit.payload, [], edit));
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

const idOf = (path, role = "") => `field-${path.join("-")}${role}`;

/** Draw one shape at its path; `parent[name]` is its value. */
function draw(shape, parent, path, edit) {
  const shapes = { group: drawGroup, list: drawList, chain: drawChain };
  return (shapes[shape.kind] ?? drawLeaf)(shape, parent, path, edit);
}

// --- Single values -----------------------------------------------------------

function drawLeaf(shape, parent, path, edit) {
  const name = path.at(-1);
  const input = LEAVES[shape.kind](shape, parent[name]);
  input.id = idOf(path);
  const event = ["choice", "flag"].includes(shape.kind) ? "change" : "input";
  input.addEventListener(event, () => {
    put(parent, name, read(shape, input));
    edit.typed();
  });
  const hint = shape.hint && el("span", { class: "field-hint", id: idOf(path, "-hint"), text: shape.hint });
  if (hint) input.setAttribute("aria-describedby", hint.id);
  const label = el("label", { for: input.id, text: shape.label });
  return el(
    "div",
    { class: `field is-${shape.kind}`, data: { path: path.join("/") } },
    label,
    input,
    hint,
    shape.most && counter(input, shape.most),
  );
}

const LEAVES = {
  text: (shape, value) => el("input", { type: "text", autocomplete: "off", value: textOf(value) }),
  area: (shape, value) => el("textarea", { rows: "3", text: textOf(value) }),
  number: (shape, value) =>
    el("input", { type: "text", inputmode: "numeric", autocomplete: "off", value: textOf(value) }),
  choice: ({ choices }, value) =>
    el(
      "select",
      {},
      ...choices.map((each) =>
        el("option", { value: each, selected: each === (value ?? ""), text: each || "as set up" }),
      ),
    ),
  flag: (shape, value) => el("input", { type: "checkbox", checked: Boolean(value) }),
};

const textOf = (value) => (typeof value === "object" && value ? JSON.stringify(value) : (value ?? ""));

function read({ kind }, input) {
  if (kind === "flag") return input.checked;
  if (input.value === "") return undefined;
  return kind === "number" && /^\d+$/.test(input.value) ? Number(input.value) : input.value;
}

function put(parent, name, value) {
  if (value === undefined) delete parent[name];
  else parent[name] = value;
}

/** Count characters as Messente does: an emoji is one. */
function counter(input, most) {
  const count = el("span", { class: "field-count", "aria-hidden": "true" });
  const tell = () => {
    const length = [...input.value].length;
    count.textContent = `${length} / ${most}`;
    count.classList.toggle("is-over", length > most);
  };
  input.addEventListener("input", tell);
  tell();
  return count;
}

// --- Objects -----------------------------------------------------------------

function drawGroup(shape, parent, path, edit) {
  const name = path.at(-1);
  if (parent[name] === undefined && shape.absent)
    return addButton(shape.absent, idOf(path, "-add"), () => add(parent, name, shape, edit));
  const value = objectAt(parent, name);
  const remove = shape.absent && removeButton(`Remove: ${shape.label}`, () => drop(parent, name, edit));
  const style = shape.isBare ? "is-bare" : null;
  return el(
    "fieldset",
    { class: style, data: { path: path.join("/") } },
    el("legend", { text: shape.label }),
    remove,
    ...groupFields(shape, value, path, edit),
  );
}

/** An object that has the wrong type in the JSON is shown as empty, and replaced when something is typed. */
function objectAt(parent, name) {
  if (object(parent[name]) !== parent[name]) parent[name] = {};
  return parent[name];
}

function groupFields(shape, value, path, edit) {
  return shape.items.flatMap((item) =>
    Array.isArray(item) ? draw(item[1], value, [...path, item[0]], edit) : drawOne(item, value, path, edit),
  );
}

/** Exactly one of several fields: a choice, and the chosen field. */
function drawOne({ label, one }, value, path, edit) {
  const names = Object.keys(one);
  const chosen = names.find((name) => value[name] !== undefined) ?? "";
  const id = idOf(path, `-one-${names[0]}`);
  const options = [...(chosen ? [] : [""]), ...names].map((name) =>
    el("option", { value: name, selected: name === chosen, text: one[name]?.label ?? "choose" }),
  );
  const select = el("select", { id }, ...options);
  select.addEventListener("change", () => {
    for (const name of names) delete value[name];
    add(value, select.value, one[select.value], edit);
  });
  const field = el("div", { class: "field is-one" }, el("label", { for: id, text: label }), select);
  // The choice above it already names the chosen field.
  return chosen ? [field, draw({ ...one[chosen], isBare: true }, value, [...path, chosen], edit)] : [field];
}

function add(parent, name, shape, edit) {
  parent[name] = structuredClone(shape.begin ?? {});
  edit.rebuilt();
}

function drop(parent, name, edit) {
  delete parent[name];
  edit.rebuilt();
}

// --- Lists -------------------------------------------------------------------

function drawList(shape, parent, path, edit) {
  const items = asList(parent[path.at(-1)]);
  const drawn = items.map((_, index) => listItem(shape, items, [...path, index], edit));
  const more =
    items.length < shape.most &&
    addButton(`Add to: ${shape.label}`, idOf(path, "-add"), () => addItem(shape, parent, path.at(-1), edit));
  const count = el("span", { class: "field-count", text: `${items.length} / ${shape.most}` });
  return el(
    "fieldset",
    { class: "list", data: { path: path.join("/") } },
    el("legend", {}, shape.label, " ", count),
    ...drawn,
    more,
  );
}

function addItem(shape, parent, name, edit) {
  parent[name] = [...asList(parent[name]), structuredClone(shape.begin)];
  edit.rebuilt();
}

function listItem(shape, items, path, edit) {
  const index = path.at(-1);
  const title = `${shape.item.label} ${index + 1}`;
  const drawn = drawGroup({ ...shape.item, label: title }, items, path, edit);
  drawn.prepend(mover(title, items, index, edit));
  return drawn;
}

/** Buttons that move an item up or down, or take it away. */
function mover(title, items, index, edit) {
  const swap = (other) => {
    [items[index], items[other]] = [items[other], items[index]];
    edit.rebuilt();
  };
  const take = () => {
    items.splice(index, 1);
    edit.rebuilt();
  };
  return el(
    "div",
    { class: "mover" },
    iconButton("up", `Move up: ${title}`, index === 0, () => swap(index - 1)),
    iconButton("down", `Move down: ${title}`, index === items.length - 1, () => swap(index + 1)),
    iconButton("close", `Remove: ${title}`, false, take),
  );
}

// --- The chain of channels ---------------------------------------------------

function drawChain(shape, parent, path, edit) {
  const items = asList(parent[path.at(-1)]);
  const drawn = items.map((item, index) => chainItem(object(item), items, [...path, index], edit));
  const unused = Object.keys(NEW_MESSAGE).filter(
    (channel) => !items.some((item) => object(item).channel === channel),
  );
  const adders = unused.map((channel) =>
    addButton(`Then ${channelName(channel)}`, idOf(path, `-add-${channel}`), () =>
      addItem({ begin: NEW_MESSAGE[channel] }, parent, path.at(-1), edit),
    ),
  );
  return el(
    "div",
    { class: "chain", data: { path: path.join("/") } },
    ...drawn,
    el("div", { class: "adders" }, ...adders),
  );
}

function chainItem(item, items, path, edit) {
  const index = path.at(-1);
  const shape = CHANNEL_SHAPES[item.channel];
  const title = `${index + 1}. ${channelName(item.channel) || "unknown channel"}`;
  const fields = shape
    ? groupFields(shape, item, path, edit)
    : [el("p", { class: "hint", text: "This channel can be edited as JSON." })];
  const legend = el("legend", {}, el("span", { class: `channel-dot is-${item.channel}` }), title);
  return el(
    "fieldset",
    { class: "chain-item", data: { path: path.join("/") } },
    legend,
    mover(title, items, index, edit),
    ...fields,
  );
}

// --- Buttons -----------------------------------------------------------------

function addButton(text, id, onClick) {
  return el(
    "button",
    { type: "button", class: "button small add", id, on: { click: onClick } },
    icon("plus", 14),
    text,
  );
}

function removeButton(label, onClick) {
  return el("div", { class: "mover" }, iconButton("close", label, false, onClick));
}

function iconButton(name, label, disabled, onClick) {
  return el(
    "button",
    {
      type: "button",
      class: "button quiet icon small",
      "aria-label": label,
      disabled,
      on: { click: onClick },
    },
    icon(name, 14),
  );
}
