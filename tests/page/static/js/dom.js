// Elements are made here and nowhere else: text becomes a text node, so that no payload can become markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element.
 * @param {string} tag
 * @param {{class?: string, text?: unknown, on?: Object<string, function>, data?: Object<string, string>,
 *          vars?: Object<string, string|number>}} given  any other name is an attribute; null and false leave it out
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {HTMLElement}
 */
export function el(tag, given = {}, ...children) {
  return fill(document.createElement(tag), given, children);
}

/** Make an element of a drawing; `given` and `children` as in `el`. */
export function svg(tag, given = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), given, children);
}

function fill(element, { text, on = {}, data = {}, vars = {}, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  for (const [name, handler] of Object.entries(on)) element.addEventListener(name, handler);
  for (const [name, value] of Object.entries(vars)) element.style.setProperty(name, String(value));
  Object.assign(element.dataset, data);
  if (text !== undefined && text !== null) element.append(words(text));
  element.append(...children.flat().filter((child) => child || child === 0));
  return element;
}

function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : String(value));
}

/** Say any JSON value as text: a string as it is, nothing as "", anything else as JSON. */
export function words(value) {
  if (typeof value === "string") return value;
  return value === null || value === undefined ? "" : JSON.stringify(value);
}

/** Take a value as a list, an object: what Messente accepted for Viber and WhatsApp may have any shape. */
export const list = (value) => (Array.isArray(value) ? value : []);
export const object = (value) => (value && typeof value === "object" && !Array.isArray(value) ? value : {});

/**
 * Show entries in a parent. An element stays while its key and version stay, with its focus, scroll and open details.
 * @param {Element} parent
 * @param {{key: string, version: unknown[], make: () => Element}[]} entries
 */
export function show(parent, entries) {
  const focused = parent.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  const old = new Map([...parent.children].map((child) => [drawn.get(child)?.key, child]));
  const shown = entries.map((entry) => keepOrMake(old.get(entry.key), entry));
  const stays = new Set(shown);
  for (const child of [...parent.children]) if (!stays.has(child)) child.remove();
  shown.forEach((child, index) => {
    const there = parent.children[index] ?? null;
    if (there !== child) parent.insertBefore(child, there);
  });
  if (focused && !parent.contains(document.activeElement))
    parent.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

const drawn = new WeakMap(); // {key, version} of each element that was shown

function keepOrMake(old, { key, version, make }) {
  if (old && drawn.get(old).version.every((each, index) => isSame(each, version[index]))) return old;
  const made = make();
  drawn.set(made, { key, version });
  return made;
}

/** Most of what is drawn again is the same object: only others have to be compared as JSON. */
const isSame = (one, other) => one === other || JSON.stringify(one) === JSON.stringify(other);
