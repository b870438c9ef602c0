// Conversations, made of messages: what belongs to one number, and what lies on its phone in which order.

import { words } from "./dom.js";

const ENDED = new Set(["failed", "expired", "cancelled"]);
const NOT_ON_PHONE = new Set(["waiting", "not_needed"]);

/**
 * Group by number, the newest conversation first.
 * @returns {{number: string, messages: Message[], inbound: Inbound[], channels: string[], at: number}[]}
 */
export function threads(state) {
  const numbers = new Set([
    ...state.messages.map((each) => each.to),
    ...written(state).map((each) => each.from),
  ]);
  return [...numbers].map((number) => thread(state, number)).sort((one, other) => other.at - one.at);
}

/** Make the conversation of one number. */
export function thread(state, number) {
  const messages = state.messages.filter((each) => each.to === number);
  const inbound = written(state).filter((each) => each.from === number);
  const channels = [...new Set(messages.flatMap((each) => each.channels ?? []))];
  const at = Math.max(0, ...messages.map((each) => each.at), ...inbound.map((each) => each.at));
  return { number, messages, inbound, channels, at };
}

/** Choose the conversation that is looked at: the selected one, else the newest; null if there is none. */
export function selectedThread(state) {
  if (state.look.number) return thread(state, state.look.number);
  return threads(state)[0] ?? null;
}

/** Choose the message that is looked at: the selected one, else the newest of the conversation; null if none. */
export function selectedMessage(state) {
  const messages = selectedThread(state)?.messages ?? [];
  return messages.find((each) => each.id === state.look.message) ?? messages.at(-1) ?? null;
}

/**
 * List what lies on the phone. What Messente did not accept is not there, nor a fallback that was not sent yet.
 * @returns {({kind: "part", at: number, message: Message, part: Object, index: number}
 *          | {kind: "inbound", at: number, inbound: Inbound})[]}
 */
export function onPhone(thread) {
  const parts = thread.messages.filter((each) => each.accepted).flatMap(partsOnPhone);
  const inbound = thread.inbound.map((each) => ({ kind: "inbound", at: each.at, inbound: each }));
  return [...parts, ...inbound].sort((one, other) => one.at - other.at);
}

function partsOnPhone(message) {
  return message.parts
    .map((part, index) => ({ kind: "part", at: startOf(message, index), message, part, index }))
    .filter(({ part }) => !NOT_ON_PHONE.has(part.status));
}

/** A fallback begins when the channel before it ended, a moment that moves no more. */
function startOf(message, index) {
  const previous = message.parts[index - 1];
  return previous && ENDED.has(previous.status) && previous.at ? previous.at + 1 : message.at + index;
}

/** List what recipients wrote and tapped: of the messages' timelines, and what belongs to no message. */
function written(state) {
  const told = state.messages.flatMap((message) =>
    message.timeline.filter(isInbound).map((each) => inboundOf(message, each)),
  );
  const alone = state.inbound.filter((each) => !each.message);
  return [...told, ...alone];
}

const isInbound = (entry) => entry.kind === "inbound";

function inboundOf(message, entry) {
  const data = entry.data ?? {};
  return {
    channel: message.channels[0],
    text: entry.says,
    ...data,
    from: message.to,
    at: entry.at,
    message: message.id,
  };
}

/** List the messages that are not on the phone because nothing of them was accepted. */
export const notSent = (thread) => thread.messages.filter((each) => !each.accepted);

/** Say in a few words what a part of a message shows. */
export function summary(content) {
  const rich = content?.rich_card;
  const card = rich?.standalone_card?.card_content;
  const carousel = rich?.carousel_card?.card_contents;
  if (card) return words(card.title || card.description) || "Card";
  if (carousel) return `Carousel of ${carousel.length} cards`;
  if (content?.content_info) return fileName(content.content_info.file_url);
  return words(content?.text?.body ?? content?.text) || kindOf(content);
}

function kindOf(content) {
  const kinds = ["image", "video", "audio", "document", "sticker", "template", "carousel", "image_url"];
  const kind = kinds.find((each) => content?.[each]) ?? "message";
  return kind === "image_url" ? "Picture" : kind[0].toUpperCase() + kind.slice(1);
}

/** Take the file's name out of a URL, without loading anything. */
export function fileName(url) {
  const path = words(url).split(/[?#]/)[0];
  return decoded(path.split("/").pop() || path) || "file";
}

function decoded(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
