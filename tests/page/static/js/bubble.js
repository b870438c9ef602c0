// Bubbles of the conversation: a part of a message, or what the recipient wrote or tapped; and opt-outs between them.

import { contentOf } from "./content.js";
import { el, object, words } from "./dom.js";
import { channelName, clock } from "./format.js";
import { held } from "./handset.js";
import { fileName, prose } from "./links.js";
import { kindOf } from "./media.js";
import { suggestionButton, readSuggestion } from "./suggestions.js";
import { isCorrected, summary } from "./threads.js";
import { STATUS_WORDS, ticks } from "./ticks.js";

const WIDE = new Set(["rich_card", "carousel", "image", "video", "image_url"]);
const FEW_EMOJI = /^(?:\p{RGI_Emoji}\s*){1,5}$/v;

/**
 * Make the bubble of a part. A click on it chooses its message; its status shows if it is chosen or the last.
 * @param {{message: Message, part: Object, index: number, at: number}} entry  see `onPhone`
 * @param {{selected: boolean, last: boolean, onTap: function, onSelect: function}} given
 */
export function partBubble({ message, part, index, at }, { selected, last, onTap, onSelect }) {
  const { channel, content } = part;
  const taps = tapsOf(message, part, index, onTap);
  const body = el("div", { class: `bubble${lookOf(content)}` }, ...contentOf(channel, content, taps));
  const choose = ({ target }) => target.closest("a, button") || onSelect(message);
  return el(
    "article",
    {
      class: `row from-brand on-${channel}${selected ? " is-selected" : ""}${selected || last ? " has-status" : ""}`,
      "aria-label": `${channelName(channel)} message: ${summary(content)}`,
      on: { click: choose },
    },
    index > 0 && fallbackNote(message.parts[index - 1], channel),
    body,
    el("div", { class: "under" }, statusButton(message, part, index, at, onSelect)),
  );
}

/** Media fill their bubble, and a few emoji alone need none. */
export function lookOf(content) {
  const { text, content_info: file, ...others } = object(content);
  const isShown = file && ["picture", "film"].includes(kindOf(fileName(object(file).file_url)));
  if (isShown || Object.keys(others).some((name) => WIDE.has(name) && others[name])) return " has-media";
  return FEW_EMOJI.test(words(text?.body ?? text)) ? " is-emoji" : "";
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

/** The line below a bubble: its time, channel and ticks. It leads to what happened, for the keyboard everywhere. */
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
    isCorrected(message) &&
      el("span", { class: "badge is-sent", text: "was unknown, corrected by a report" }),
  );
}

/** Make the bubble of what the recipient wrote or tapped. @param {{inbound: Inbound}} entry */
export function inboundBubble({ inbound, at }, last) {
  const { channel, text, postback_data: postback } = inbound;
  return el(
    "article",
    {
      class: `row from-recipient on-${channel}`,
      "aria-label": `${postback ? "Tapped" : "Written"} by the recipient`,
    },
    el("div", { class: `bubble${lookOf({ text })}` }, prose(text)),
    (last || postback) &&
      el(
        "div",
        { class: "under" },
        el(
          "span",
          { class: "status" },
          `${channelName(channel)} · ${clock(at)}`,
          postback &&
            el(
              "span",
              { class: "postback" },
              "postback ",
              el("code", { dir: "auto", text: words(postback) }),
            ),
        ),
      ),
  );
}

/** Make the line that says what the recipient wants from then on. @param {{optOut: OptOut}} entry */
export function optOutLine({ optOut: { state, by }, at }) {
  const says =
    state === "opted_out" ? "Opted out: messages are rejected" : "Opted in: messages are sent again";
  return el("p", { class: "between", text: `${says} · ${clock(at)}`, title: by ? `by ${words(by)}` : null });
}

/** Make the chips below the last message; they go when the recipient taps or writes. */
export function chips({ message, part, index }, onTap) {
  const taps = tapsOf(message, part, index, onTap);
  const made = part.content.suggestions.map((each, number) =>
    suggestionButton(each, `${taps.name}/chip/${number}`, { tapped: false, onTap: taps.onTap }),
  );
  return el("div", { class: "chips", role: "group", "aria-label": "Suggestions" }, ...held(made, 2));
}
