// One order that has been sent and not answered. It stays in sessionStorage, so that it is repeated with the same Idempotency-Key
// until there is an answer, also after a reload: however often it is sent, it is paid once.
import { Problem, Unreachable, call, key, query } from "./api.js";
import { pause } from "./dom.js";

const SLOT = "cliprelay.order";
const LONGEST_PAUSE = 30;

export const waiting = () => JSON.parse(sessionStorage.getItem(SLOT) || "null");
export const forget = () => sessionStorage.removeItem(SLOT);

/** Store an order before it is sent; raises an error if there is no room, and then nothing was sent. */
export function put(order) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const idempotencyKey = `console-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  sessionStorage.setItem(SLOT, JSON.stringify({ idempotencyKey, as: key(), body: JSON.stringify(order) }));
}

/** Send the stored order until it is answered. Returns the video; raises the Problem that refused it. `waits` hears why it waits. */
export async function send(waits, signal) {
  for (let tries = 0; ; tries += 1) {
    try {
      const video = await sendOnce(signal);
      forget();
      return video;
    } catch (error) {
      if (signal.aborted || error.status === 401) throw error;
      if (!isUnanswered(error)) {
        forget();
        throw error;
      }
      waits(error.message);
      await pause(error.retryAfter || Math.min(2 ** tries, LONGEST_PAUSE), signal);
    }
  }
}

async function sendOnce(signal) {
  const order = waiting();
  sessionStorage.setItem(SLOT, JSON.stringify({ ...order, isRepeated: true }));
  const { idempotencyKey, as, body, isRepeated } = order;
  try {
    return (await call("POST", "videos", { body, as, headers: { "Idempotency-Key": idempotencyKey }, signal })).data;
  } catch (error) {
    // What is refused now may have been accepted before, when its answer was lost.
    const video = isRepeated && !signal.aborted && !isUnanswered(error) && error.status !== 401 ? await lookUp() : null;
    if (video) return video;
    throw error;
  }
}

/** Whether the order may have been recorded, or may be if it is sent again. */
function isUnanswered(error) {
  return error instanceof Unreachable || (error instanceof Problem && (error.status >= 500 || [408, 429].includes(error.status)));
}

/** Find the video that the stored order has become; null if there is none. */
export async function lookUp() {
  const { idempotencyKey, as } = waiting();
  const { data } = await call("GET", `videos${query({ idempotency_key: idempotencyKey })}`, { as });
  return data.data[0] || null;
}
