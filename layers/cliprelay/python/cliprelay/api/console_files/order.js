// The form for a new video. It is made of the fields that the service publishes for each model.
import { Problem, Unreachable, call } from "./api.js";
import { fill, find, make, notice, say, show, size, usd } from "./dom.js";
import { clear, field, refuse } from "./fields.js";
import * as outbox from "./outbox.js";
import { pictureField } from "./picture.js";
import { showQuote } from "./quote.js";

const TYPING_MS = 400;
const LABELS = {
  image: "Picture", last_image: "Last picture", prompt: "Prompt", ratio: "Shape", duration: "Seconds", resolution: "Resolution",
  generate_audio: "Sound", seed: "Seed", watermark: "Watermark", camera_fixed: "Fixed camera", service_tier: "Service tier",
  execution_expires_after: "Time limit",
};
const FIRST = ["image", "prompt", "ratio", "duration", "resolution", "generate_audio"];
const OWN = [
  { name: "metadata", kind: "pairs", label: "Metadata", description: "Your own words about the video, one name=value in each line." },
  { name: "webhook_url", kind: "text", label: "Webhook", description: "An https:// address that receives this video's events." },
];

const form = find("order"), button = find("order-button");
let models = [], model, readers = {}, pictures = [], priced = null, timer, asking, sending = null;

/** Start the form with the models on offer. */
export function startOrder(offered) {
  models = offered;
  form.addEventListener("submit", (event) => (event.preventDefault(), order()));
  form.addEventListener("input", changed);
  document.addEventListener("paste", pasted);
  build(models.find((each) => each.default) || models[0]);
}

/** Go on with an order that has not been answered, if there is one. */
export function resume(as) {
  const left = outbox.waiting();
  if (!left || sending) return;
  if (left.as === as) return deliver();
  outbox.forget();
  tell("An order that was sent with another API key has not been answered. Its list shows whether it was accepted.");
}

/** Forget everything that was typed. */
export function resetOrder() {
  sending?.abort();
  sending = null;
  show(find("unanswered"), false);
  asking?.abort();
  readers = {};
  pictures = [];
  build(model);
  clearTimeout(timer);
}

function build(chosen) {
  const before = { prompt: readers.prompt?.() || "", pictures };
  model = chosen;
  readers = {};
  pictures = [];
  const fields = model.fields.filter(({ name, kind, enum: values }) => kind !== "model" && name !== "model" && values?.length !== 1);
  const isFirst = ({ name, required }) => required || FIRST.includes(name);
  const isWide = ({ kind }) => kind === "image" || kind === "prompt";
  const choice = make("select", { id: "field-model" }, models.map((each) => make("option", { selected: each === model }, each.id)));
  choice.addEventListener("change", () => build(models.find((each) => each.id === choice.value)));
  fill(find("order-fields"),
    models.length > 1 ? field("model", "Model", choice, model.description) : null,
    fields.filter((each) => isFirst(each) && isWide(each)).map(made),
    make("div", { class: "grid" }, fields.filter((each) => isFirst(each) && !isWide(each)).map(made)),
    make("details", {}, make("summary", {}, "More settings"), [...fields.filter((each) => !isFirst(each)), ...OWN].map(made)));
  find("field-prompt").value = before.prompt;
  for (const picture of pictures) {
    const same = before.pictures.find((each) => each.name === picture.name);
    if (same?.file) picture.take(same.file);
  }
  changed();
}

function made({ name, kind, description, default: usual, enum: values, label }) {
  const title = label || LABELS[name] || name, id = `field-${name}`;
  if (kind === "image") {
    const { formats, side_pixels: side, bytes } = model.images;
    const hint = `Drop, paste or choose a file: ${formats.join(", ")}; under ${size(bytes.less_than)}, `
      + `each side more than ${side.more_than} and less than ${side.less_than} pixels.`;
    const picture = pictureField(name, title, hint, changed);
    pictures.push(picture);
    readers[name] = () => picture.value;
    return picture.element;
  }
  if (kind === "flag") {
    const input = make("input", { id, type: "checkbox", checked: usual });
    readers[name] = () => input.checked;
    return field(name, title, input, description);
  }
  if (kind === "choice") {
    const input = make("select", { id }, values.map((value) => make("option", { selected: value === usual }, String(value))));
    readers[name] = () => values[input.selectedIndex];
    return field(name, title, input, description);
  }
  const isLong = kind === "prompt" || kind === "pairs";
  const only = isLong ? { rows: 4 } : { autocomplete: "off", placeholder: usual, inputmode: kind === "integer" && "numeric" };
  const input = make(isLong ? "textarea" : "input", { id, dir: "auto", ...only });
  readers[name] = () => ({ integer: number, pairs }[kind] || String)(input.value.trim());
  return field(name, title, input, description);
}

// Anything else than a number goes as it was typed: the service says what it accepts.
const number = (text) => (/^-?\d{1,15}$/.test(text) ? Number(text) : text);

function pairs(text) {
  const lines = text.split("\n").filter((line) => line.trim()).map((line) => line.split(/=(.*)/s));
  return lines.length ? Object.fromEntries(lines.map(([name, value]) => [name.trim(), (value ?? "").trim()])) : undefined;
}

function body() {
  const values = Object.entries(readers).map(([name, read]) => [name, read()]);
  return { model: model.id, ...Object.fromEntries(values.filter(([, value]) => value !== undefined && value !== "")) };
}

/** What must be done before the service can judge the order, or before it can be sent; "" for nothing. */
function missing() {
  if (pictures.some((each) => each.busy)) return "Sending the picture …";
  if (pictures.some((each) => each.failed)) return "Choose another picture.";
  const needed = pictures.filter(({ name }) => model.fields.find((each) => each.name === name).required);
  return needed.some((each) => each.value === undefined) ? "Choose a picture to see the price." : "";
}

function changed() {
  priced = null;
  asking?.abort();
  clearTimeout(timer);
  const hint = missing();
  if (hint) showQuote(null, hint);
  else timer = setTimeout(judge, TYPING_MS);
  update();
}

async function judge() {
  asking = new AbortController();
  const { signal } = asking, wanted = body();
  try {
    // Without a prompt so far, one that changes nothing about the price.
    const { data } = await call("POST", "quotes", { body: { ...wanted, prompt: wanted.prompt || "x" }, signal });
    clear(form);
    notice("");
    priced = { order: wanted, most: data.usd.most };
    showQuote(data);
    say(`Price at most ${usd(data.usd.most)}`);
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof Unreachable) {
      notice(`${error.message} Trying again …`);
      timer = setTimeout(judge, 3000);
    } else if (error instanceof Problem) {
      refuse(form, error);
      showQuote(null, "This order cannot be made as it is.");
    } else throw error;
  }
  update();
}

function tell(sentence) {
  find("order-error").textContent = sentence;
  show(find("order-error"), Boolean(sentence));
}

function update() {
  const isReady = priced && priced.order.prompt && !sending && !outbox.waiting();
  button.setAttribute("aria-disabled", String(!isReady));
  button.textContent = priced ? `Order for at most ${usd(priced.most)}` : "Order";
}

function order() {
  if (sending || outbox.waiting()) return say("The last order has not been answered yet.");
  if (!priced || !priced.order.prompt) {
    const hint = missing() || (priced || !readers.prompt() ? "Write a prompt first." : "Wait for the price.");
    const wrong = form.querySelector("[aria-invalid]");
    return wrong ? wrong.focus() : tell(hint);
  }
  try {
    outbox.put({ ...priced.order, max_cost_usd: priced.most });
  } catch {
    return tell("This order does not fit into the browser's storage, so it was not sent. Use smaller pictures.");
  }
  deliver();
}

async function deliver() {
  sending = new AbortController();
  const { signal } = sending, box = find("unanswered");
  const line = make("p", {}, "Sending the order …");
  fill(box, line, make("button", { type: "button", onclick: giveUp }, "Stop sending"));
  show(box);
  tell("");
  update();
  try {
    const waits = (reason) => (line.textContent = `${reason} The order is sent again with the same key, so it is paid once.`);
    const video = await outbox.send(waits, signal);
    location.hash = video.id;
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof Problem)) throw error;
    refuse(form, error, true);
  } finally {
    // Otherwise somebody else has stopped it, and shows what comes next.
    if (sending?.signal === signal) {
      sending = null;
      show(box, false);
    }
    update();
  }
}

/** Stop repeating an order, after a look whether it was accepted. */
async function giveUp() {
  sending?.abort();
  sending = null;
  const box = find("unanswered");
  fill(box, make("p", {}, "Looking whether the order was accepted …"));
  show(box);
  try {
    const video = await outbox.lookUp();
    outbox.forget();
    show(box, false);
    if (video) location.hash = video.id;
    else tell("The order was not accepted, and is not sent again.");
  } catch (error) {
    fill(box,
      make("p", {}, `${error.message} It is not known whether the order was accepted.`),
      make("button", { type: "button", onclick: giveUp }, "Look again"),
      make("button", { type: "button", onclick: deliver }, "Go on sending"));
  }
  update();
}

function pasted(event) {
  const file = [...(event.clipboardData?.files || [])].find((each) => each.type.startsWith("image/"));
  if (!file || form.closest("section").hidden || !pictures.length) return;
  event.preventDefault();
  pictures[0].take(file);
}
