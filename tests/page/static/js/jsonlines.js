// In which line of a JSON text each value begins.

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+|\n/g;

/**
 * Map the paths of a valid JSON text to its lines.
 * @returns {Map<string, number>}  from "messages/0/text" to a line, the first is 1; "" is the whole
 */
export function linesOf(text) {
  const lines = new Map([["", 1]]);
  const open = []; // the objects and lists around the token, each {key, index}
  let line = 1;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "\n") line += 1;
    else step(open, token, (path) => lines.set(path, lines.get(path) ?? line));
  }
  return lines;
}

function step(open, token, found) {
  const inner = open.at(-1);
  if (token === "}" || token === "]") return void open.pop();
  if (token === ",") return void next(inner);
  if (token === ":") return;
  if (inner?.isObject && inner.key === null) {
    inner.key = JSON.parse(token);
    return void found(pathOf(open));
  }
  if (inner && !inner.isObject) found(pathOf(open));
  if (token === "{" || token === "[") open.push({ isObject: token === "{", key: token === "{" ? null : 0 });
}

function next(inner) {
  inner.key = inner.isObject ? null : inner.key + 1;
}

const pathOf = (open) => open.map(({ key }) => key).join("/");
