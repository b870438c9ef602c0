// Conversations, made of messages: what belongs to one number, and what lies on its phone in which order.

import { list, object, words } from "./dom.js";
import { fileName } from "./links.js";

const ENDED = new Set(["failed", "expired", "cancelled"]);
const NOT_ON_PHONE = new Set(["waiting", "not_needed", "cancelled"]);
const TRY_AGAIN = new Set([409, 429]); // statuses of an answer that rejects nothing for good
const MAY_BE_SENT = new Set(["claimed", "retryable"]);

/**
 * @typedef {Object} Thread  a conversation
 * @property {string} number
 * @property {string} recipient  the number as the list of opt-outs has it
 * @property {Message[]} messages  the oldest first
 * @property {Inbound[]} inbound
 * @property {OptOut[]} optOuts
 * @property {string[]} channels
 * @property {number} at           of what is newest in it
 */

/** Group by number, the newest conversation first; with `number`, that one is there in any case. @returns {Thread[]} */
export function group({ messages = new Map(), inbound = [], opt_outs: optOuts = [] }, number = null) {
  const threads = new Map();
  const of = (wanted, recipient) => threads.get(wanted) ?? begin(threads, wanted, recipient);
  for (const message of messages.values()) addMessage(of(message.to, message.recipient), message);
  // What belongs to a message is in its timeline.
  for (const each of inbound) if (!each.message) addTo(of(each.from, each.recipient), "inbound", each);
  if (number !== null) of(number, number);
  const ofRecipient = Map.groupBy(threads.values(), ({ recipient }) => recipient);
  for (const each of optOuts) for (const thread of ofRecipient.get(each.to) ?? []) addTo(thread, "optOuts", each);
  return [...threads.values()].sort((one, other) => other.at - one.at);
}

function begin(threads, number, recipient) {
  const thread = { number, recipient, messages: [], inbound: [], optOuts: [], channels: [], at: 0 };
  threads.set(number, thread);
  return thread;
}

function addTo(thread, name, item) {
  thread[name].push(item);
  thread.at = Math.max(thread.at, item.at);
}

function addMessage(thread, message) {
  addTo(thread, "messages", message);
  for (const each of message.channels) if (!thread.channels.includes(each)) thread.channels.push(each);
  for (const each of message.timeline)
    if (each.kind === "inbound") addTo(thread, "inbound", inboundOf(message, each));
}

function inboundOf(message, { at, says, data }) {
  return { channel: message.channels[0], text: says, ...data, from: message.to, at, message: message.id };
}

/** Tell whether the recipient has opted out, by the newest change that is known. */
export const isOptedOut = (thread) => thread.optOuts.at(-1)?.state === "opted_out";

/**
 * List what lies on the phone. What Messente did not accept or has not sent yet is not there.
 * @returns {({kind: "part", at: number, message: Message, part: Object, index: number}
 *          | {kind: "inbound", at: number, inbound: Inbound}
 *          | {kind: "opt-out", at: number, optOut: OptOut})[]}
 */
export function onPhone(thread) {
  thread.onPhone ??= entriesOf(thread); // once: the list and the phone both ask
  return thread.onPhone;
}

function entriesOf(thread) {
  const parts = thread.messages.flatMap(partsOnPhone);
  const inbound = thread.inbound.map((each) => ({ kind: "inbound", at: each.at, inbound: each }));
  const optOuts = thread.optOuts.map((each) => ({ kind: "opt-out", at: each.at, optOut: each }));
  return [...parts, ...inbound, ...optOuts].sort((one, other) => one.at - other.at);
}

function partsOnPhone(message) {
  if (!message.accepted) return [];
  return message.parts
    .map((part, index) => ({ kind: "part", at: startOf(message, index), message, part, index }))
    .filter(({ part }) => !NOT_ON_PHONE.has(part.status));
}

/** A fallback begins when the channel before it ended, a moment that moves no more. */
function startOf(message, index) {
  const previous = message.parts[index - 1];
  return previous && ENDED.has(previous.status) && previous.at ? previous.at + 1 : message.begins + index;
}

/** List the messages of which nothing is on the phone. */
export const offPhone = (thread) => thread.messages.filter((each) => !partsOnPhone(each).length);

/**
 * Tell why nothing of a message is on the phone.
 * @returns {"scheduled"|"unknown"|"open"|"over"}  open: it may still be sent; over: it will not be
 */
export function whyOff(message) {
  const word = message.record?.state;
  if (message.accepted)
    return message.parts.some(({ status }) => status === "cancelled") ? "over" : "scheduled";
  if (word === "unknown") return "unknown";
  if (lastRejection(message)) return "over";
  return !word || MAY_BE_SENT.has(word) ? "open" : "over";
}

/** Find what ended a message that may have no record: a dead letter, or an answer that rejected the request. */
function lastRejection({ timeline }) {
  const last = timeline.findLast(({ kind }) => ["dead_letter", "request", "post"].includes(kind));
  if (last?.kind === "dead_letter") return last;
  const status = last?.kind === "request" ? last.data?.status : 0;
  return status >= 400 && status < 500 && !TRY_AGAIN.has(status) ? last : null;
}

/** Say why a message was not sent: what was answered, and the errors that the record, the answer or the letter has. */
export function reasonOf(message) {
  const { record, timeline } = message;
  const rejection = lastRejection(message);
  const answer = timeline.findLast(
    ({ kind, ok }) => ok === false && (kind === "answer" || kind === "dead_letter"),
  );
  const told = [record?.errors, rejection?.data.errors, rejection?.data.body?.errors].map(list);
  const errors = told.find((each) => each.length) ?? [];
  const says = [answer?.says, ...errors.map(errorWords)].filter(Boolean);
  return says.join(". ") || rejection?.says || (record ? `state: ${record.state}` : "on its way");
}

/** Write an error of the API in one line. */
const errorWords = (error) =>
  [object(error).source, object(error).detail || object(error).title || words(error)]
    .filter(Boolean)
    .join(": ");

/** Tell whether a report corrected what the function did not know. */
export const isCorrected = (message) =>
  Boolean(
    message?.timeline.some(({ kind, data }) => kind === "record" && String(data?.state) === "unknown,sent"),
  );

/** Take the content that a message shows first. */
export const firstContent = ({ payload, parts }) => payload?.messages?.[0] ?? parts[0]?.content ?? payload;

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
