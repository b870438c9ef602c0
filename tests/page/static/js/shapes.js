// What the form of a payload asks for. Limits and choices are Messente's; fields that are not here stay as the JSON has them.

/**
 * @typedef {Object} Shape
 * @property {"text"|"area"|"number"|"choice"|"flag"|"group"|"list"|"chain"} kind
 * @property {string} label
 * @property {number} [most]      characters of a text, items of a list
 * @property {unknown} [begin]    what a new one holds
 * @property {string} [hint]
 * @property {string[]} [choices]
 * @property {(Field|One)[]} [items]  of a group: a Field is [name, Shape], a One is {label, one: {name: Shape}}:
 *                                    exactly one of these names is in the object
 * @property {Shape} [item]       of a list
 */

const text = (label, most, given = {}) => ({ kind: "text", label, most, begin: "", ...given });
const area = (label, most, given = {}) => ({ ...text(label, most, given), kind: "area" });
const number = (label, hint) => ({ kind: "number", label, hint });
const choice = (label, choices, given = {}) => ({
  kind: "choice",
  label,
  choices,
  begin: choices[0],
  ...given,
});
const optional = (label, choices) => choice(label, ["", ...choices], { begin: undefined });
const flag = (label) => ({ kind: "flag", label, begin: false });
const group = (label, items) => ({ kind: "group", label, items });
const listOf = (label, item, most, begin) => ({ kind: "list", label, item, most, begin });
const one = (label, shapes) => ({ label, one: shapes });

const URL_HINT = "Not loaded: the page draws a picture of its own.";
const FILE = { file_url: "https://example.com/picture.jpg", force_refresh: false };
const file = group("File", [
  ["file_url", text("URL of the file", null, { hint: URL_HINT })],
  ["force_refresh", flag("Load it again")],
]);

const inDays = (days) => `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 19)}Z`;
const ACTION = one("What it does", {
  open_url_action: {
    ...group("Open a URL", [
      ["url", text("URL", 2048)],
      ["application", choice("In", ["BROWSER", "WEBVIEW"])],
    ]),
    begin: { url: "https://example.com", application: "BROWSER" },
  },
  dial_action: {
    ...group("Dial", [["phone_number", text("Number")]]),
    begin: { phone_number: "+3726123456" },
  },
  view_location_action: {
    ...group("Show a place", [
      ["query", text("Search for")],
      ["label", text("Label")],
    ]),
    begin: { query: "Town square" },
  },
  create_calendar_event_action: {
    ...group("Calendar", [
      ["title", text("Title", 100)],
      ["description", area("Description", 500)],
      ["start_time", text("Begins")],
      ["end_time", text("Ends")],
    ]),
    get begin() {
      return {
        title: "Visit",
        description: "A visit to the shop",
        start_time: inDays(1),
        end_time: inDays(2),
      };
    },
  },
  share_location_action: { ...group("Share the place", []), begin: {} },
});
const TAP = [
  ["text", text("Text on it", 25)],
  ["postback_data", text("Postback", 2048, { hint: "Comes back when it is tapped." })],
];
const REPLY = { text: "Yes", postback_data: "yes" };
const suggestion = group("Suggestion", [
  one("Kind", {
    reply: { ...group("Reply", TAP), begin: REPLY },
    action: {
      ...group("Action", [...TAP, ACTION]),
      begin: { text: "Open", postback_data: "open", open_url_action: ACTION.one.open_url_action.begin },
    },
  }),
]);
const suggestions = (label, most) => listOf(label, suggestion, most, { reply: REPLY });

const MEDIA = { height: "MEDIUM", content_info: FILE };
const CARD = { title: "Title", description: "What it is about", media: MEDIA };
const card = group("Card", [
  ["title", text("Title", 200)],
  ["description", area("Description", 2000)],
  [
    "media",
    {
      ...group("Media", [
        ["height", choice("Height", ["SHORT", "MEDIUM", "TALL"])],
        ["content_info", file],
      ]),
      begin: MEDIA,
      absent: "Add a picture or video",
    },
  ],
  ["suggestions", suggestions("Suggestions in the card", 4)],
]);
const rich = group("Rich card", [
  one("Layout", {
    standalone_card: {
      ...group("One card", [
        ["card_orientation", choice("Orientation", ["VERTICAL", "HORIZONTAL"])],
        ["thumbnail_image_alignment", choice("Media of a horizontal card", ["LEFT", "RIGHT"])],
        ["card_content", card],
      ]),
      begin: { card_orientation: "VERTICAL", thumbnail_image_alignment: "LEFT", card_content: CARD },
    },
    carousel_card: {
      ...group("Carousel", [
        ["card_width", choice("Width", ["SMALL", "MEDIUM"])],
        ["card_contents", listOf("Cards", card, 10, CARD)],
      ]),
      begin: { card_width: "MEDIUM", card_contents: [CARD, CARD] },
    },
  }),
]);

const SECONDS = "Seconds until the next channel follows";
const sender = (most) => ["sender", text("Sender", most)];
const ttl = ["ttl", number("Time to live", SECONDS)];

/** The messages of the chain, by channel. */
export const CHANNEL_SHAPES = {
  rcs: group("RCS", [
    sender(),
    ttl,
    one("Content", {
      text: area("Text", 3072, { begin: "Hello" }),
      content_info: { ...file, label: "File", begin: FILE },
      rich_card: {
        ...rich,
        begin: {
          standalone_card: {
            card_orientation: "VERTICAL",
            thumbnail_image_alignment: "LEFT",
            card_content: CARD,
          },
        },
      },
    }),
    ["suggestions", suggestions("Suggestions below", 11)],
  ]),
  sms: group("SMS", [sender(15), ttl, ["text", area("Text")]]),
  viber: group("Viber", [
    sender(),
    ttl,
    ["text", area("Text", 1000)],
    ["image_url", text("URL of a picture")],
    ["button_text", text("Button")],
    ["button_url", text("The button opens")],
  ]),
  whatsapp: group("WhatsApp", [
    sender(),
    ttl,
    one("Content", {
      text: { ...group("Text", [["body", area("Text")]]), begin: { body: "Hello" } },
      image: {
        ...group("Picture", [
          ["link", text("URL")],
          ["caption", area("Caption")],
        ]),
        begin: { link: FILE.file_url },
      },
      document: {
        ...group("Document", [
          ["link", text("URL")],
          ["file_name", text("File name")],
        ]),
        begin: { link: "https://example.com/invoice.pdf" },
      },
    }),
  ]),
};

/** What a new message of the chain holds. */
export const NEW_MESSAGE = {
  rcs: { channel: "rcs", text: "Hello" },
  sms: { channel: "sms", text: "Hello" },
  viber: { channel: "viber", text: "Hello" },
  whatsapp: { channel: "whatsapp", text: { body: "Hello" } },
};

/** The payload as a whole. */
export const PAYLOAD_SHAPE = group("", [
  ["to", text("To", null, { hint: "E.164, like +37255510001" })],
  ["idempotency_key", text("Message id", 255, { hint: "The idempotency key: a repeat sends nothing." })],
  one("What to send", {
    messages: { kind: "chain", label: "A chain of messages", begin: [NEW_MESSAGE.rcs] },
    text: area("One RCS text", 3072, { begin: "Hello" }),
  }),
  ["on_unknown", optional("After a lost answer", ["hold", "resend"])],
  ["priority", optional("Priority", ["low", "regular", "high"])],
  ["time_to_send", text("Send at", null, { hint: "ISO 8601 with a time zone" })],
  ["expires_at", text("Do not send after", null, { hint: "RFC 3339" })],
]);
