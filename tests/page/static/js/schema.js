// What the payload's JSON Schema says of a place in a payload.

import { getSchema } from "./api.js";
import { object } from "./dom.js";

let loaded = null;

/**
 * Describe a place.
 * @param {string} path     like "messages/0/rich_card"
 * @param {Object} payload  decides which of the schema's conditions hold
 * @returns {Promise<{description: string, fields: string[]}>}
 */
export async function fieldsAt(path, payload) {
  loaded ??= getSchema();
  const root = await loaded;
  let places = [root];
  let value = payload;
  for (const part of path.split("/").filter(Boolean)) {
    places = places.flatMap((each) => inside(root, each, value, part));
    value = value?.[part];
  }
  const all = places.flatMap((each) => variants(root, each, value));
  const fields = [...new Set(all.flatMap((each) => Object.keys(object(each.properties))))];
  return { description: all.find((each) => each.description)?.description ?? "", fields };
}

function inside(root, schema, value, part) {
  return variants(root, schema, value).flatMap((each) => {
    const inner = /^\d+$/.test(part) ? each.items : object(each.properties)[part];
    return inner ? [inner] : [];
  });
}

/** List a schema and all that it is made of: what it refers to, its alternatives, what a condition adds. */
function variants(root, schema, value) {
  const referred = schema.$ref ? [follow(root, schema.$ref)] : [];
  const parts = ["anyOf", "oneOf", "allOf"].flatMap((name) => schema[name] ?? []);
  const added = schema.then && holds(schema.if, value) ? [schema.then] : [];
  return [schema, ...[...referred, ...parts, ...added].flatMap((each) => variants(root, each, value))];
}

/** Tell whether a condition holds; those of the payload compare a field with a constant. */
function holds({ properties }, value) {
  return Object.entries(properties).every(([name, { const: wanted }]) => object(value)[name] === wanted);
}

const follow = (root, reference) =>
  reference
    .slice(2)
    .split("/")
    .reduce((place, name) => place?.[name], root) ?? {};
