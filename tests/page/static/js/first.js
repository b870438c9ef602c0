// The first card, in one click.

import { sendMessage } from "./api.js";
import { say } from "./news.js";
import { look, state } from "./store.js";

/** Make a message id that nobody uses yet; a repeat of the same id would send nothing. */
export const freshKey = (kind = "card") => `${kind}-${crypto.randomUUID().slice(0, 8)}`;

const isCard = ({ payload }) => payload.messages?.some((each) => each.rich_card?.standalone_card);

/** Send the first example that is a card, through the API. */
export async function sendFirstCard(event) {
  const button = event.currentTarget;
  const example = state.choices.examples.find(isCard) ?? state.choices.examples[0];
  button.disabled = true;
  try {
    const { id } = await sendMessage("api", { ...example.payload, idempotency_key: freshKey() });
    look({ number: example.payload.to, message: id });
  } catch (problem) {
    say(problem.message, "bad");
  } finally {
    button.disabled = false;
  }
}
