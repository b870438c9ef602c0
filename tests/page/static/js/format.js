// How times, names and channels are written.

export const CHANNELS = { rcs: "RCS", sms: "SMS", viber: "Viber", whatsapp: "WhatsApp" };

/** Name a channel; one that we do not know keeps its own name. */
export const channelName = (channel) => CHANNELS[channel] ?? String(channel ?? "");

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const CLOCK_TO_SECONDS = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** Write a time of day; `at` in ms. */
export const clock = (at) => (at ? CLOCK.format(at) : "");

/** Write a moment to the second, with its day if that is not today. */
export function moment(at) {
  const time = CLOCK_TO_SECONDS.format(at);
  return isToday(at) ? time : `${DAY.format(at)}, ${time}`;
}

const isToday = (at) => new Date(at).toDateString() === new Date().toDateString();

/** Write the time of day for today, else the day. */
export function shortTime(at) {
  return isToday(at) ? clock(at) : DAY.format(at);
}

/** Write how long after the beginning something happened, like "+0.42 s". */
export function since(begin, at) {
  const seconds = Math.max(0, at - begin) / 1000;
  if (seconds < 60) return `+${seconds.toFixed(2)} s`;
  return seconds < 3600 ? `+${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s` : clock(at);
}

/** Write a number in groups, as people read it: +372 5551 0002. */
export function phoneNumber(number) {
  const match = /^\+(\d{3})(\d{4})(\d{3,})$/.exec(number ?? "");
  return match ? `+${match[1]} ${match[2]} ${match[3]}` : String(number ?? "");
}

/** Make a number from 0 to 359 of a text: the same text has the same colour everywhere. */
export function hue(text) {
  let sum = 7;
  for (const letter of String(text)) sum = (sum * 31 + letter.codePointAt(0)) % 997;
  return (sum * 47) % 360;
}

/** Take up to two initials of a name. */
export function initials(name) {
  const parts = String(name ?? "")
    .split(/[\s_-]+|(?<=[a-z])(?=[A-Z])/u)
    .filter(Boolean);
  return (
    parts
      .slice(0, 2)
      .map((part) => [...part][0].toUpperCase())
      .join("") || "?"
  );
}
