// Bubbles of the conversation: a part of a message, or what the recipient wrote or tapped.

import { contentOf } from "./content.js";
import { el, object, words } from "./dom.js";
import { channelName, clock } from "./format.js";
import { prose } from "./links.js";
import { suggestionButton, readSuggestion } from "./suggestions.js";
import { summary } from "./threads.js";
import { STATUS_WORDS, ticks } from "./ticks.js";

const WIDE = new Set(["rich_card", "carousel", "image", "video", "image_url"]);

/**
 * Make the bubble of a part.
 * @param {{message: Message, part: Object, index: number, at: number}} entry  see `onPhone`
 * @param {{selected: boolean, onTap: function, onSelect: function}} given
 */
export function partBubble({ message, part, index, at }, { selected, onTap, onSelect }) {
  const { channel, content } = part;
  const taps = tapsOf(message, part, index, onTap);
  const wide = Object.keys(object(content)).some((name) => WIDE.has(name) && content[name]);
  const body = el(
    "div",
    { class: `bubble${wide ? " has-media" : ""}` },
    ...contentOf(channel, content, taps),
  );
  return el(
    "article",
    {
      class: `row from-brand on-${channel}${selected ? " is-selected" : ""}`,
      "aria-label": `${channelName(channel)} message: ${summary(content)}`,
    },
    index > 0 && fallbackNote(message.parts[index - 1], channel),
    body,
    el("div", { class: "under" }, statusButton(message, part, index, at, onSelect)),
  );
}

function tapsOf(message, part, index, onTap) {
  const tapped = (suggestion) => message.taps.includes(readSuggestion(suggestion).postback);
  return { name: `tap/${message.id}/${index}`, tapped, onTap: (read) => onTap(message, part, read) };
}

/** Tell why another channel follows. */
function fallbackNote(previous, channel) {
  const how = STATUS_WORDS[previous.status] ?? previous.status;
  return el("p", {
    class: "between",
    text: `${channelName(previous.channel)} ${how}, so ${channelName(channel)} followed`,
  });
}

/** The line below a bubble: its time, channel and ticks. It leads to what happened. */
function statusButton(message, { channel, status, error }, index, at, onSelect) {
  const word = STATUS_WORDS[status] ?? status;
  const lost = message.record?.state === "unknown";
  return el(
    "button",
    {
      type: "button",
      class: "status",
      data: { focus: `status/${message.id}/${index}` },
      title: "Show what happened",
      on: { click: () => onSelect(message) },
    },
    el("span", { class: `channel-dot is-${channel}` }),
    `${channelName(channel)} · ${clock(at)} ·`,
    el("span", { class: `word is-${status}`, text: error ? `${word}: ${error}` : word }),
    ticks(status),
    lost && el("span", { class: "badge is-unknown", text: "unknown to the function" }),
  );
}

/** Make the bubble of what the recipient wrote or tapped. @param {{inbound: Inbound}} entry */
export function inboundBubble({ inbound, at }) {
  const { channel, text, postback_data: postback } = inbound;
  return el(
    "article",
    {
      class: `row from-recipient on-${channel}`,
      "aria-label": `${postback ? "Tapped" : "Written"} by the recipient`,
    },
    el("div", { class: "bubble" }, prose(text)),
    el(
      "div",
      { class: "under" },
      el(
        "span",
        { class: "status" },
        `${channelName(channel)} · ${clock(at)}`,
        postback &&
          el("span", { class: "postback" }, "postback ", el("code", { dir: "auto", text: words(postback) })),
      ),
    ),
  );
}

/** Make the chips below the last message; none when the recipient has tapped or written since. */
export function chips({ message, part, index }, onTap) {
  const suggestions = part.content?.suggestions;
  if (!Array.isArray(suggestions) || !suggestions.length) return null;
  const taps = tapsOf(message, part, index, onTap);
  const made = suggestions.map((each, number) =>
    suggestionButton(each, `${taps.name}/chip/${number}`, { tapped: false, onTap: taps.onTap }),
  );
  return el("div", { class: "chips", role: "group", "aria-label": "Suggestions" }, ...made);
}
