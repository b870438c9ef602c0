// How a payload will look on the phone, while it is composed.

import { lookOf } from "./bubble.js";
import { contentOf } from "./content.js";
import { el, list, object } from "./dom.js";
import { channelName } from "./format.js";
import { held } from "./handset.js";
import { say } from "./news.js";
import { suggestionButton } from "./suggestions.js";

const NO_TAPS = {
  name: "preview",
  tapped: () => false,
  onTap: ({ postback }) => say(`Its postback: ${postback}`),
};

/** Draw each message of the payload's chain. */
export function drawPreview(place, payload) {
  const messages =
    payload.messages === undefined ? [{ channel: "rcs", text: payload.text }] : list(payload.messages);
  place.replaceChildren(...messages.map(object).map(preview));
}

function preview(content, index) {
  const { channel, suggestions } = content;
  const chips = list(suggestions).map((each, number) =>
    suggestionButton(each, `preview/chip/${index}/${number}`, { tapped: false, onTap: NO_TAPS.onTap }),
  );
  return el(
    "div",
    { class: `row from-brand on-${channel}` },
    el(
      "p",
      { class: "preview-channel" },
      el("span", { class: `channel-dot is-${channel}` }),
      index ? `then ${channelName(channel)}` : channelName(channel),
    ),
    el("div", { class: `bubble${lookOf(content)}` }, ...contentOf(channel, content, NO_TAPS)),
    chips.length > 0 && el("div", { class: "chips" }, ...held(chips, 2)),
  );
}
