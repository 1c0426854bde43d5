// The webhook deliveries of one video.
import { call } from "./api.js";
import { fill, make, say, table, time, words } from "./dom.js";

/** Show the deliveries in a box, with a button to send each event again. */
export async function showDeliveries(box, id, signal) {
  const line = make("p", { class: "error", role: "alert", hidden: true });
  try {
    const { data } = await call("GET", `videos/${id}/deliveries`, { signal });
    fill(box, make("h2", {}, "Webhook deliveries"), line,
      data.data.length ? rows(data.data, again) : make("p", { class: "hint" }, "None so far."),
      make("button", { type: "button", onclick: () => showDeliveries(box, id, signal) }, "Refresh deliveries"));
  } catch (error) {
    if (!signal.aborted) fill(box, make("h2", {}, "Webhook deliveries"), make("p", { class: "error" }, error.message));
  }

  async function again(event) {
    try {
      await call("POST", `videos/${id}/deliveries?event=${encodeURIComponent(event)}`, { signal });
      say("The event is sent again.");
      await showDeliveries(box, id, signal);
    } catch (error) {
      if (signal.aborted) return;
      line.textContent = error.message;
      line.hidden = false;
    }
  }
}

function rows(deliveries, again) {
  const heads = ["Event", "To", "Status", "Attempts", "Next attempt", "Action"];
  const shown = deliveries.map((each) => [
    each.type, words(each.url_host), each.status, attempts(each.attempts || []), each.next_attempt_at ? time(each.next_attempt_at) : "",
    make("button", { type: "button", onclick: () => again(each.event_id), "aria-label": `Send again: ${each.type}` }, "Send again"),
  ]);
  const region = { class: "scroll", tabindex: "0", role: "region", "aria-label": "Webhook deliveries" };
  return make("div", region, table("Newest first", [heads, ...shown]));
}

function attempts(made) {
  const last = made.at(-1);
  return last ? `${made.length}, last: ${last.status ?? last.error ?? ""}` : "0";
}
