// The first card, in one click.

import { freshKey, getExamples, sendMessage } from "./api.js";
import { say } from "./news.js";
import { look } from "./store.js";

const isCard = ({ payload }) => payload.messages?.some((each) => each.rich_card?.standalone_card);

/** Send the first example that is a card, through the API. */
export async function sendFirstCard(event) {
  const button = event.currentTarget;
  button.disabled = true;
  try {
    const example = (await getExamples()).find(isCard);
    const { id } = await sendMessage("api", { ...example.payload, idempotency_key: freshKey("card") });
    look({ number: example.payload.to, message: id });
  } catch (problem) {
    say(problem.message, "bad");
  } finally {
    button.disabled = false;
  }
}
