// The page's beginning: each part draws itself into its place, then the store connects.

import { startCompose } from "./compose.js";
import { startConversations } from "./conversations.js";
import { channelName } from "./format.js";
import { say } from "./news.js";
import { startPhone } from "./phone.js";
import { connect, onNews, state, watch } from "./store.js";
import { startStory } from "./story.js";
import { startTerminal } from "./terminal.js";
import { startTheme } from "./theme.js";
import { isCorrected } from "./threads.js";
import { STATUS_WORDS } from "./ticks.js";

const place = (id) => document.getElementById(id);

function startColumns() {
  const buttons = document.querySelectorAll("[data-shows]");
  const follow = () => {
    for (const each of buttons)
      each.setAttribute("aria-pressed", String(each.dataset.shows === document.body.dataset.column));
  };
  for (const each of buttons)
    each.addEventListener("click", () => (document.body.dataset.column = each.dataset.shows));
  new MutationObserver(follow).observe(document.body, { attributeFilter: ["data-column"] });
  follow();
}

const MODE_WORDS = {
  slow: "Messente is slow",
  rate_limited: "Messente is rate-limited",
  down: "Messente is down",
};

function showConnection(pill, { connected, settings }) {
  const trouble =
    connected && (MODE_WORDS[settings.mode] ?? (settings.reports ? null : "Reports are held back"));
  const text = { true: trouble || "Live", false: "Not connected", null: "Connecting" }[connected];
  const look = connected ? (trouble ? "is-warning" : "is-good") : "is-bad";
  if (pill.textContent !== text) pill.textContent = text;
  pill.className = `pill ${connected === null ? "" : look}`;
}

/** Say how far each part of the message that is looked at got since it was last drawn. */
function sayProgress(message, before) {
  if (message.to !== state.thread?.number) return;
  message.parts.forEach((part, index) => {
    const old = before?.parts[index]?.status ?? "waiting";
    const said = STATUS_WORDS[part.status];
    if (message.accepted && part.status !== old && said) say(`${channelName(part.channel)} message ${said}`);
  });
  if (message.record?.state !== before?.record?.state) sayState(message.record?.state);
  if (isCorrected(message) && !isCorrected(before))
    say("A report corrected it: unknown became sent.", "good");
}

function sayState(now) {
  if (now === "unknown") say("The answer was lost: the function says unknown.", "bad");
  if (now === "rejected") say("The message was rejected.", "bad");
}

startTheme(place("theme"));
startColumns();
startConversations(place("conversations"));
startPhone(place("phone"));
startStory(place("story"));
startCompose(place("compose"), place("open-compose"));
startTerminal(place("terminal"), place("open-terminal"));
watch((state) => showConnection(place("connection"), state));
onNews("message", sayProgress);
onNews("deployed", ({ seconds, error }) =>
  say(
    error ? `The change was not deployed: ${error}` : `Deployed again in ${seconds} s.`,
    error ? "bad" : "good",
  ),
);
connect();
