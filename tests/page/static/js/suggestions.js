// Suggestions: stacked in a card, as chips below the last message. A tap goes to the server as Messente would tell it.

import { el, object, words } from "./dom.js";
import { icon } from "./icons.js";
import { link } from "./links.js";

/** What each action does on the device: its icon, and what one would see. */
const ACTIONS = {
  dial_action: { icon: "dial", does: (action) => ["The phone would call ", words(action.phone_number)] },
  open_url_action: { icon: "open", does: (action) => ["The phone would open ", link(action.url)] },
  view_location_action: {
    icon: "place",
    does: (action) => ["The phone would show on the map: ", place(action)],
  },
  create_calendar_event_action: {
    icon: "calendar",
    does: (action) => ["The phone would add to the calendar: ", words(action.title)],
  },
  share_location_action: { icon: "share", does: () => ["The phone would ask whether to share its place."] },
};

function place(action) {
  const { latitude, longitude } = object(action.lat_long);
  return words(action.label || action.query) || `${latitude}, ${longitude}`;
}

/**
 * Read a suggestion.
 * @returns {{text: string, postback: string, action: {icon: string, does: function}|null, details: Object}}
 */
export function readSuggestion(suggestion) {
  const inner = object(object(suggestion).reply ?? object(suggestion).action);
  const name = Object.keys(ACTIONS).find((each) => inner[each]) ?? null;
  const action = name && ACTIONS[name];
  return {
    text: words(inner.text),
    postback: words(inner.postback_data),
    action,
    details: object(inner[name]),
  };
}

/**
 * Make the button of a suggestion.
 * @param {Object} suggestion  as in the payload
 * @param {string} focus       names the button, so that it keeps the focus when its bubble is drawn again
 * @param {{tapped: boolean, onTap: function}} given
 */
export function suggestionButton(suggestion, focus, { tapped, onTap }) {
  const read = readSuggestion(suggestion);
  return el(
    "button",
    {
      type: "button",
      class: `suggestion${tapped ? " is-tapped" : ""}`,
      data: { focus },
      title: `Postback: ${read.postback}`,
      on: { click: () => onTap(read) },
    },
    icon(read.action?.icon ?? "reply", 16),
    el("span", { dir: "auto", text: read.text }),
    tapped && el("span", { class: "unseen", text: "(tapped)" }),
  );
}
