// What the payload's JSON Schema says of a place in the JSON.

import { getSchema } from "./api.js";
import { object } from "./dom.js";

let loaded = null;

/**
 * Describe a place.
 * @param {string} path  like "messages/0/rich_card"
 * @returns {Promise<{description: string, fields: string[]}>}
 */
export async function fieldsAt(path) {
  loaded ??= getSchema();
  const root = await loaded;
  const found = path
    .split("/")
    .filter(Boolean)
    .reduce((schemas, part) => schemas.flatMap((each) => inside(root, each, part)), [root]);
  const all = found.flatMap((each) => variants(root, each));
  const fields = [...new Set(all.flatMap((each) => Object.keys(object(each.properties))))];
  return { description: all.find((each) => each.description)?.description ?? "", fields };
}

function inside(root, schema, part) {
  return variants(root, schema).flatMap((each) => {
    const inner = /^\d+$/.test(part) ? each.items : object(each.properties)[part];
    return inner ? [inner] : [];
  });
}

/** List a schema and everything that it is made of, with its references followed. */
function variants(root, schema) {
  const given = schema.$ref ? { ...follow(root, schema.$ref), ...schema, $ref: undefined } : schema;
  const parts = ["anyOf", "oneOf", "allOf"].flatMap((name) => given[name] ?? []);
  return [given, ...parts.flatMap((each) => variants(root, each))];
}

const follow = (root, reference) =>
  reference
    .slice(2)
    .split("/")
    .reduce((place, name) => place?.[name], root) ?? {};
