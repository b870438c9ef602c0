// What a message shows on its channel: RCS, SMS, Viber and WhatsApp have their own shapes.

import { richCard } from "./card.js";
import { el, list, object, words } from "./dom.js";
import { fileName, link, prose } from "./links.js";
import { attachment, kindOf, media } from "./media.js";

/** Draw the content of a part. @param {Object} content  an entry of the payload's messages; `taps` as for cards */
export function contentOf(channel, content, taps) {
  const draw = { rcs, sms, viber, whatsapp }[channel] ?? sms;
  return draw(object(content), taps).filter(Boolean);
}

function rcs({ text, content_info: info, rich_card: rich }, taps) {
  if (rich) return [richCard(rich, taps)];
  return info ? [file(object(info).file_url)] : [prose(text)];
}

function sms({ text }) {
  return [prose(text)];
}

function viber(content) {
  const {
    text,
    image_url: image,
    video,
    button_text: button,
    button_url: target,
    carousel,
    template,
  } = content;
  return [
    image && media(image, { class: "wide-media" }),
    video && media(object(video).url, { class: "wide-media", kind: "film" }),
    words(text) && prose(text),
    carousel && viberCarousel(list(object(carousel).items)),
    template && templateOf(object(template).id, object(template).lang),
    button && outerButton(button, target),
  ];
}

function viberCarousel(items) {
  const cards = items
    .map(object)
    .map((item) =>
      el(
        "li",
        {},
        el(
          "div",
          { class: "card is-standing" },
          media(item.image_url, { class: "card-media is-short" }),
          el("div", { class: "card-body" }, el("p", { class: "card-title", dir: "auto", text: item.title })),
          outerButton(object(item.primary_button).label, object(item.primary_button).action_url),
          item.secondary_button &&
            outerButton(object(item.secondary_button).label, object(item.secondary_button).action_url),
        ),
      ),
    );
  return el(
    "ul",
    { class: "carousel is-medium", tabindex: "0", "aria-label": `Carousel of ${cards.length} items` },
    ...cards,
  );
}

/** A button that leads out of the conversation: shown with its target as text or as a link that one may follow. */
function outerButton(label, target) {
  return el("p", { class: "outer-button" }, el("b", { dir: "auto", text: label }), target && link(target));
}

function whatsapp(content) {
  const kind = Object.keys(WHATSAPP).find((each) => content[each]);
  return kind ? WHATSAPP[kind](object(content[kind])) : [];
}

const WHATSAPP = {
  text: ({ body }) => [prose(body)],
  image: ({ link: url, id, caption }) => [
    media(url ?? id, { class: "wide-media" }),
    words(caption) && prose(caption),
  ],
  video: ({ link: url, id, caption }) => [
    media(url ?? id, { class: "wide-media", kind: "film" }),
    words(caption) && prose(caption),
  ],
  audio: ({ link: url, id }) => [attachment(url ?? id)],
  document: ({ link: url, id, caption, file_name: name }) => [
    attachment(url ?? id, words(name) || undefined),
    words(caption) && prose(caption),
  ],
  sticker: ({ link: url, id }) => [media(url ?? id, { class: "sticker" })],
  template: ({ name, language, components }) => [templateOf(name, object(language).code, list(components))],
};

/** A template's words lie with its channel; the page shows which one it is and what fills it. */
function templateOf(name, language, components = []) {
  const values = components
    .flatMap((each) => list(object(each).parameters))
    .map((each) => words(object(each).text));
  return el(
    "div",
    { class: "template" },
    el("p", { class: "card-title", dir: "auto", text: name }),
    el("p", { text: `Approved template, ${words(language)}` }),
    values.some(Boolean) && el("p", { dir: "auto", text: values.filter(Boolean).join(", ") }),
  );
}

function file(url) {
  const kind = kindOf(fileName(url));
  return kind === "file" || kind === "sound" ? attachment(url) : media(url, { class: "wide-media" });
}
