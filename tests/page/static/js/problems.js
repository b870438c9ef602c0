// Errors of a payload, shown at the field that each is about.

import { el, list, object } from "./dom.js";

const PARTS = /\[([^\]]*)\]/g;

/**
 * Translate an error's source to a path of the payload: payload[rcs][text] to ["messages", 0, "text"].
 * @param {string|null} source  in Messente's notation: it names a message by its channel
 * @returns {(string|number)[]}
 */
export function pathOf(source, payload) {
  const parts = [...String(source ?? "").matchAll(PARTS)].map(([, part]) => part);
  if (parts[0] === "Idempotency-Key") return ["idempotency_key"];
  const index = list(payload.messages).findIndex((each) => object(each).channel === parts[0]);
  return index < 0 ? parts : ["messages", index, ...parts.slice(1)];
}

/** Show errors in a form, and return those that found no field. @param {{source: string, detail: string}[]} errors */
export function showProblems(form, payload, errors) {
  clear(form);
  return errors.filter((error) => !showOne(form, pathOf(error.source, payload), error));
}

function clear(form) {
  form.querySelectorAll(".problem").forEach((each) => each.remove());
  form.querySelectorAll("[aria-invalid]").forEach((input) => {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-errormessage");
  });
}

function showOne(form, path, { detail, title }) {
  const place = closest(form, path);
  if (!place) return false;
  const input = place.classList.contains("field") && place.querySelector("input, textarea, select");
  const problem = el("p", { class: "problem", id: `problem-${path.join("-")}`, text: detail || title });
  if (input) {
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-errormessage", problem.id);
    place.append(problem);
  } else {
    place.querySelector(":scope > legend")?.after(problem) ?? place.prepend(problem);
  }
  return true;
}

/** Find the field at a path, or what surrounds it. */
function closest(form, path) {
  for (let length = path.length; length > 0; length -= 1) {
    const found = form.querySelector(`[data-path="${CSS.escape(path.slice(0, length).join("/"))}"]`);
    if (found) return found;
  }
  return null;
}
