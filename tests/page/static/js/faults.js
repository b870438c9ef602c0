// Make it go wrong: by hand for the selected message, for the next ones to a number, for Messente as a whole.

import { changeSettings, freshKey, removeFault, report, sendMessage, setFault } from "./api.js";
import { el, show } from "./dom.js";
import { channelName, phoneNumber } from "./format.js";
import { say } from "./news.js";
import { look, state } from "./store.js";

/** Reports by hand: what a button says, and the reports that it makes, one after the other. */
const BY_HAND = [
  { text: "Deliver", says: "DELIVRD", reports: [{ status: "DELIVRD" }] },
  { text: "See", says: "SEEN", reports: [{ status: "SEEN" }] },
  { text: "Fail", says: "FAILED", reports: [{ status: "FAILED" }], bad: true },
  { text: "Expire", says: "EXPIRED", reports: [{ status: "EXPIRED" }], bad: true },
  { text: "Report twice", says: "DELIVRD, two times", reports: [{ status: "DELIVRD", times: 2 }] },
  {
    text: "Out of order",
    says: "SEEN, then DELIVRD, then ACK",
    reports: [{ status: "SEEN" }, { status: "DELIVRD" }, { status: "ACK" }],
  },
  {
    text: "Wrong signature",
    says: "DELIVRD, signed with another password",
    reports: [{ status: "DELIVRD", signature: "wrong" }],
    bad: true,
  },
  {
    text: "No signature",
    says: "DELIVRD, not signed",
    reports: [{ status: "DELIVRD", signature: "missing" }],
    bad: true,
  },
  { text: "Late", says: "ACK, after all that was reported", reports: [{ status: "ACK" }] },
];

/** Fill the panel; returns what draws it. `onAgain` shows what happens to a message that is sent again. */
export function startFaults(panel, onAgain) {
  const places = [0, 1, 2].map(() => el("div"));
  panel.append(...places);
  return ({ message, thread }) => {
    show(places[0], [messageSection(message, onAgain)]);
    show(places[1], [numberSection(thread?.number ?? null)]);
    show(places[2], [messenteSection()]);
  };
}

/** Run a request, say what came of it, and never leave a problem unsaid. */
async function attempt(request, told) {
  try {
    say(told(await request()), "good");
  } catch (problem) {
    say(problem.message, "bad");
  }
}

// --- This message ------------------------------------------------------------

function messageSection(message, onAgain) {
  const parts = message?.parts.map(({ channel }) => channel);
  return {
    key: "message",
    version: [message?.id, message?.accepted, message?.payload?.messages, parts],
    make: () =>
      el(
        "section",
        { class: "controls" },
        el("h3", { text: "This message" }),
        message?.payload?.messages && againButton(message, onAgain),
        ...reportControls(message),
      ),
  };
}

/** Send a copy whose answer is lost: the function says unknown, until the first report corrects it. */
function againButton({ to, payload }, onAgain) {
  const send = async () => {
    await setFault({ to, answer: "cut_after_accept", course: null, times: 1 });
    const { id, status } = await sendMessage("api", {
      to,
      messages: payload.messages,
      idempotency_key: freshKey("again"),
    });
    await removeFault(to); // it is still there if the function rejected the message by itself
    look({ number: to, message: id });
    onAgain();
    return status;
  };
  return el("button", {
    type: "button",
    class: "button primary",
    data: { focus: "again" },
    text: "Send it again, cut the answer",
    on: { click: () => attempt(send, againWords) },
  });
}

const againWords = (status) =>
  status === 504
    ? "Sent again, and Messente's answer is cut off."
    : `Submitted again, answered with ${status}.`;

function reportControls(message) {
  if (!message?.accepted)
    return [el("p", { class: "hint", text: "Messente reports only what it accepted." })];
  const part =
    message.parts.length > 1 ? choice("fault-part", "Channel of the chain", partChoices(message), "0") : null;
  const send = (reports) => byHand(message, Number(part?.querySelector("select").value ?? 0), reports);
  const buttons = BY_HAND.map(({ text, says, reports, bad }) =>
    el("button", {
      type: "button",
      class: `button small${bad ? " is-bad" : ""}`,
      title: `Reports ${says}`,
      data: { focus: `hand/${text}` },
      text,
      on: { click: () => send(reports) },
    }),
  );
  return [
    el("p", { class: "hint", text: "One report by hand, signed as Messente signs." }),
    part,
    el("div", { class: "buttons" }, ...buttons),
  ];
}

const partChoices = (message) =>
  message.parts.map(({ channel }, index) => ({ name: String(index), says: channelName(channel) }));

async function byHand(message, part, reports) {
  await attempt(
    async () => {
      const answers = [];
      for (const each of reports)
        answers.push(...(await report(message.id, { part, signature: "right", times: 1, ...each })).answers);
      return answers;
    },
    (answers) => `Our function answered ${answers.join(", ")}`,
  );
}

// --- The next messages to a number -------------------------------------------

function numberSection(number) {
  const version = [number, state.faults, state.choices.answers.length, state.choices.courses.length];
  return { key: "number", version, make: () => numberControls(number) };
}

function numberControls(number) {
  const target = choice("fault-to", "To", targets(number), number ?? "*");
  const answer = choice("fault-answer", "Messente answers", withNone(state.choices.answers, "As usual"), "");
  const course = choice("fault-course", "Then it reports", withNone(state.choices.courses, "As usual"), "");
  const times = choice("fault-times", "How often", TIMES, "1");
  const value = (field) => field.querySelector("select").value || null;
  const set = () =>
    setFault({
      to: value(target),
      answer: value(answer),
      course: value(course),
      times: Number(value(times)) || null,
    });
  const button = el("button", {
    type: "button",
    class: "button primary",
    data: { focus: "fault/set" },
    text: "Set the fault",
    on: { click: () => attempt(set, () => "The next message gets this fault.") },
  });
  return el(
    "section",
    { class: "controls" },
    el("h3", { text: "The next messages to a number" }),
    el("div", { class: "fields" }, target, answer, course, times),
    button,
    state.faults.length > 0 && el("ul", { class: "faults" }, ...state.faults.map(faultRow)),
  );
}

const TIMES = [
  { name: "1", says: "Once" },
  { name: "3", says: "Three times" },
  { name: "", says: "Always" },
];

const withNone = (choices, says) => [{ name: "", says }, ...choices];

function targets(number) {
  const every = { name: "*", says: "Every number" };
  return number ? [{ name: number, says: phoneNumber(number) }, every] : [every];
}

function faultRow({ to, answer, course, times }) {
  const what = [saysOf(state.choices.answers, answer), saysOf(state.choices.courses, course)]
    .filter(Boolean)
    .join("; ");
  const often = times ? ` (${times} more)` : "";
  const name = to === "*" ? "Every number" : phoneNumber(to);
  return el(
    "li",
    { class: "fault" },
    el("span", {}, el("b", { text: name }), el("span", { text: `${what || "as usual"}${often}` })),
    el("button", {
      type: "button",
      class: "button quiet small",
      "aria-label": `Remove the fault of ${name}`,
      text: "Remove",
      on: {
        click: () =>
          attempt(
            () => removeFault(to),
            () => "The fault is gone.",
          ),
      },
    }),
  );
}

const saysOf = (choices, name) => choices.find((each) => each.name === name)?.says ?? name;

// --- Messente as a whole ------------------------------------------------------

function messenteSection() {
  return { key: "messente", version: [state.settings, state.choices.modes.length], make: messenteControls };
}

function messenteControls() {
  const modes = state.choices.modes.map(({ name, says }) => mode(name, says));
  const reports = el("input", {
    type: "checkbox",
    id: "reports",
    role: "switch",
    checked: state.settings.reports,
    data: { focus: "reports" },
  });
  reports.addEventListener("change", () =>
    attempt(
      () => changeSettings({ ...state.settings, reports: reports.checked }),
      () => `Reports are ${reports.checked ? "on" : "held back"}.`,
    ),
  );
  return el(
    "section",
    { class: "controls" },
    el("h3", { text: "Messente as a whole" }),
    el("div", { class: "modes", role: "group", "aria-label": "Messente" }, ...modes),
    el(
      "label",
      { class: "switch", for: "reports" },
      reports,
      el("span", { text: "Messente sends delivery reports" }),
    ),
  );
}

const MODE_NAMES = { up: "Up", slow: "Slow", rate_limited: "Rate-limited", down: "Down" };

function mode(name, says) {
  const chosen = state.settings.mode === name;
  const set = () =>
    attempt(
      () => changeSettings({ ...state.settings, mode: name }),
      () => `Messente: ${says}`,
    );
  return el(
    "button",
    {
      type: "button",
      class: "mode",
      "aria-pressed": String(chosen),
      data: { focus: `mode/${name}` },
      on: { click: set },
    },
    el("b", { text: MODE_NAMES[name] ?? name }),
    el("span", { text: says }),
  );
}

/** Make a labelled select. @param {{name: string, says: string}[]} choices */
function choice(id, label, choices, chosen) {
  const options = choices.map(({ name, says }) =>
    el("option", { value: name, selected: name === chosen, text: says }),
  );
  return el(
    "div",
    { class: "field" },
    el("label", { for: id, text: label }),
    el("select", { id, data: { focus: id } }, ...options),
  );
}
