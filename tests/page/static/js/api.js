// Calls of the JSON API. Nothing but this module and the store's event stream talks to the server.

/** Problems of a request: `errors` as {code, title, detail, source}. */
export class Refused extends Error {
  constructor(status, errors) {
    super(errors[0]?.detail ?? `The server answered ${status}.`);
    this.errors = errors;
  }
}

async function call(method, path, body) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  const answer = await fetch(path, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, said.errors ?? []);
  return said;
}

export const getState = () => call("GET", "/api/state");
/** Load the payloads to start from, made now: their times are still ahead. */
export const getExamples = () => call("GET", "/api/examples");
export const getSchema = () => call("GET", "/api/schema");
export const sendMessage = (through, payload) => call("POST", "/api/messages", { through, payload });
export const validate = (payload) => call("POST", "/api/validate", { payload });
/** Check a CSV of people and the message that each of them gets, as `rcs send-many` does. */
export const checkPeople = (people, payload) => call("POST", "/api/people", { people, payload });
export const changeSettings = (settings) => call("POST", "/api/settings", settings);
export const setFault = (fault) => call("POST", "/api/faults", fault);
export const removeFault = (to) => call("DELETE", "/api/faults", { to });
export const report = (id, given) => call("POST", `/api/messages/${encodeURIComponent(id)}/reports`, given);
export const inbound = (given) => call("POST", "/api/inbound", given);

/** Make a message id that nobody uses yet; a repeat of the same id would send nothing. */
export const freshKey = (kind) => `${kind}-${crypto.randomUUID().slice(0, 8)}`;
