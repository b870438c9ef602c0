// Rich cards: one standing or lying, or several side by side.

import { el, list, object, words } from "./dom.js";
import { held, isIphone } from "./handset.js";
import { prose } from "./links.js";
import { media } from "./media.js";
import { suggestionButton } from "./suggestions.js";

/**
 * @typedef {Object} Taps  what a card needs of its bubble
 * @property {string} name                       names the bubble; each button's name begins with it
 * @property {(read: Object) => boolean} tapped  whether this suggestion was tapped
 * @property {(read: Object) => void} onTap
 */

/** Make a standalone card or a carousel. @param {Taps} taps */
export function richCard(rich, taps) {
  const { standalone_card: standalone, carousel_card: carousel } = object(rich);
  return carousel ? carouselCard(object(carousel), taps) : standaloneCard(object(standalone), taps);
}

function standaloneCard(card, taps) {
  const lying = card.card_orientation === "HORIZONTAL";
  const side = card.thumbnail_image_alignment === "RIGHT" ? " is-right" : " is-left";
  return cardOf(object(card.card_content), `card ${lying ? `is-lying${side}` : "is-standing"}`, taps);
}

/** Cards side by side, all as high as the highest. */
function carouselCard(carousel, taps) {
  const width = carousel.card_width === "SMALL" ? "is-small" : "is-medium";
  const cards = list(carousel.card_contents).map((content, index) =>
    el("li", {}, cardOf(object(content), "card is-standing", { ...taps, name: `${taps.name}/${index}` })),
  );
  return el(
    "ul",
    { class: `carousel ${width}`, tabindex: "0", "aria-label": `Carousel of ${cards.length} cards` },
    ...cards,
  );
}

function cardOf(content, style, taps) {
  const buttons = list(content.suggestions).map((each, index) =>
    cardButton(each, `${taps.name}/${index}`, taps),
  );
  return el(
    "div",
    { class: style },
    content.media && cardMedia(object(content.media)),
    el(
      "div",
      { class: "card-body" },
      words(content.title) && el("p", { class: "card-title", dir: "auto", text: content.title }),
      words(content.description) && description(content.description),
    ),
    buttons.length > 0 && el("div", { class: "card-suggestions" }, ...held(buttons, 1)),
  );
}

function description(text) {
  return isIphone()
    ? el("p", { class: "card-text", dir: "auto", text })
    : prose(text, { class: "card-text" });
}

function cardButton(suggestion, focus, { tapped, onTap }) {
  return suggestionButton(suggestion, focus, { tapped: tapped(suggestion), onTap });
}

/** The media of a card, SHORT 112, MEDIUM 168 or TALL 264 high. */
function cardMedia({ height, content_info: info }) {
  const heights = { SHORT: "is-short", MEDIUM: "is-medium", TALL: "is-tall" };
  return media(object(info).file_url, { class: `card-media ${heights[height] ?? "is-medium"}` });
}
