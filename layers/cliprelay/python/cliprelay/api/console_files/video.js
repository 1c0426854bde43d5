// One video: its walk while it is watched, then the player, its facts and what can be done with it.
import { Problem, Unreachable, call, linkHere } from "./api.js";
import { showDeliveries } from "./deliveries.js";
import { badge, confirmed, cost, count, fill, find, make, notice, pause, row, say, show, size, time, warningList, words } from "./dom.js";

const WALK = ["queued", "submitting", "running", "archiving", "succeeded"];
// How long to hold a request, in seconds, by the age of the video: short at first, so that each step shows soon.
const WAITS = [[60, 2], [600, 5], [Infinity, 25]];
const LONGEST_PAUSE = 10;
const RETRY_MS = 60_000;

let watching = null;

/** Watch a video until it has ended. */
export function showVideo(id) {
  leaveVideo();
  watching = new AbortController();
  const view = parts(id, watching.signal);
  fill(find("video"), view.whole);
  watch(id, view, watching.signal).catch((error) => {
    if (!view.signal.aborted) view.fail(error);
  });
}

export function leaveVideo() {
  watching?.abort();
  watching = null;
  fill(find("video"));
}

async function watch(id, view, signal) {
  let shown, tries = 0, wait = 0;
  while (!shown || !isSettled(shown)) {
    const began = performance.now();
    try {
      await visible(signal);
      shown = (await call("GET", `videos/${id}`, { headers: { Prefer: `wait=${wait}` }, signal })).data;
      if (tries) notice("");
      tries = 0;
      view.update(shown);
      // An answer that comes early, and is not the end, is of a service that allows no waits.
      if (!isSettled(shown)) await pause(Math.max(0, wait - (performance.now() - began) / 1000), signal);
      wait = waitFor(shown);
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error;
      tries += 1;
      notice(`${error.message} Trying again …`);
      await pause(error.retryAfter || Math.min(2 ** (tries - 1), LONGEST_PAUSE), signal);
    }
  }
}

const isPassing = (error) => error instanceof Unreachable || (error instanceof Problem && (error.status >= 500 || error.status === 429));

function waitFor({ created_at }) {
  const age = (Date.now() - Date.parse(created_at)) / 1000;
  return WAITS.find(([limit]) => age < limit)[1];
}

/** Ended, and all facts are there; the poster comes a moment after the end, if at all. */
function isSettled({ ended_at, deleted_at, video, warnings = [] }) {
  if (!ended_at) return false;
  const isLate = Date.now() - Date.parse(ended_at) > 60_000;
  return Boolean(deleted_at || !video || video.poster || warnings.some(({ code }) => code === "no_poster") || isLate);
}

/** A tab that nobody sees asks nothing: each waiting request occupies a function. */
function visible(signal) {
  if (!document.hidden) return null;
  return new Promise((resolve, reject) => {
    document.addEventListener("visibilitychange", resolve, { once: true, signal });
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function parts(id, signal) {
  const walk = make("ol", { class: "walk", "aria-label": "Steps" });
  const bar = make("progress", { max: "100", value: "0", "aria-label": "Progress" });
  const state = make("p", { class: "state" });
  const player = make("div", { class: "player" }), actions = make("div", { class: "row" }), facts = make("div");
  const line = make("p", { class: "error", role: "alert", hidden: true });
  const deliveries = make("section", { class: "panel" });
  const whole = make("div", { class: "columns" },
    make("div", {}, walk, bar, state, player, line, actions),
    make("div", { class: "side" }, facts, deliveries));
  let last = {}, playing = "";

  function update(video) {
    if (video.status !== last.status) say(`The video is ${video.status}.`);
    const isNew = video.ended_at !== last.ended_at || !last.id;
    last = video;
    steps(walk, video);
    bar.value = video.progress;
    show(bar, !video.ended_at);
    fill(state, badge(video.status), " ", stateLine(video));
    if ((video.video?.link || "") !== playing) fill(player, play(video));
    playing = video.video?.link || "";
    const poster = video.video?.poster;
    if (poster) player.querySelector("video")?.setAttribute("poster", linkHere(poster.link));
    fill(facts, factList(video));
    keepFocus(actions, () => fill(actions, buttons(video, act)));
    if (isNew) showDeliveries(deliveries, id, signal);
  }

  function fail(error) {
    line.textContent = error.message;
    show(line);
  }

  /** Do something to the video, and show what became of it. */
  async function act(method, path, said, options = {}) {
    show(line, false);
    try {
      update((await call(method, `videos/${id}${path}`, { signal, ...options })).data);
      say(said);
    } catch (error) {
      if (!signal.aborted) fail(error);
    }
  }

  return { whole, update, fail, signal };
}

function keepFocus(box, change) {
  const name = box.contains(document.activeElement) && document.activeElement.textContent;
  change();
  if (name) ([...box.querySelectorAll("a, button")].find((each) => each.textContent === name) || box.querySelector("a, button"))?.focus();
}

function steps(walk, video) {
  const at = WALK.indexOf(video.status);
  show(walk, at >= 0);
  fill(walk, WALK.map((each, index) => make("li", { class: index <= at ? "done" : "", "aria-current": index === at && "step" }, each)));
}

function stateLine(video) {
  if (video.deleted_at) return ["deleted ", time(video.deleted_at)];
  if (video.error) return words(`${video.error.message} (${video.error.code})`);
  if (video.status === "canceled") return `paid: ${video.billed || "unknown"}`;
  return video.ended_at ? ["since ", time(video.ended_at)] : `${video.progress} %`;
}

function play(video) {
  if (!video.video?.link) return null;
  const { width, height } = video.video;
  let retryAt = performance.now() + RETRY_MS;
  const player = make("video", { controls: true, playsinline: true, preload: "metadata", width, height, "aria-label": "The video" });
  player.muted = true; // the attribute would count only in markup
  player.src = linkHere(video.video.link);
  // The browser keeps the presigned address that the link has led to, for longer than it works.
  player.addEventListener("error", () => performance.now() > retryAt && ((retryAt = performance.now() + RETRY_MS), player.load()));
  return player;
}

function buttons(video, act) {
  const link = video.video?.link, isDeleted = Boolean(video.deleted_at);
  const button = (text, onclick, kind = "") => make("button", { type: "button", class: kind, onclick }, text);
  return [
    link && make("a", { class: "button", href: linkHere(link, { download: "1" }), rel: "noreferrer" }, "Download"),
    link && button("Copy link", (event) => copy(link, event.currentTarget)),
    link && button("Revoke link", () => revoke(act)),
    !video.ended_at && !video.cancel_requested_at && button("Cancel video", () => cancel(video, act), "danger"),
    video.ended_at && !isDeleted && button("Delete video", () => remove(act), "danger"),
  ];
}

async function copy(link, button) {
  try {
    await navigator.clipboard.writeText(link);
    say("The link is copied.");
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy link"), 2000);
  } catch {
    prompt("Copy the link:", link);
  }
}

async function revoke(act) {
  const text = "The link stops working for everybody who has it. The video gets a new one.";
  if (!(await confirmed({ title: "Revoke the link?", text, yes: "Revoke link" }))) return;
  await act("DELETE", "/links", "The old link no longer works; there is a new one.");
}

async function cancel(video, act) {
  const isPaid = video.status !== "queued";
  const text = isPaid ? "The provider cannot stop it, so it may still cost what was quoted." : "Nothing has been paid for it so far.";
  const answer = await confirmed({ title: "Cancel the video?", text, yes: "Cancel video", choice: "Throw the file away, if one arrives" });
  if (answer) await act("POST", "/cancel", "The video is canceled.", { body: answer.checked ? { discard: true } : {} });
}

async function remove(act) {
  const text = "Its file, link, prompt and settings are deleted at once and cannot be brought back. Its cost stays.";
  if (await confirmed({ title: "Delete the video?", text, yes: "Delete video" })) await act("DELETE", "", "The video is deleted.");
}

const yes = (is) => (is ? "yes" : "no");
const lines = (values) => Object.entries(values).map(([name, value]) => row(words(name), words(value)));

function factList(video) {
  const { video: file, request = {}, metadata = {} } = video;
  const { prompt: text, ...settings } = request;
  return [
    text && make("div", { class: "panel" }, make("h2", {}, "Prompt"), words(text, "p")),
    make("div", { class: "panel" }, make("h2", {}, "Facts"), make("dl", {},
      row("Id", make("code", {}, video.id)),
      row("Model", video.model),
      row("Ordered", time(video.created_at)),
      video.kept_until && row("Kept until", time(video.kept_until)),
      video.cost && row("Cost", cost(video.cost)),
      file && row("File", `${size(file.bytes)}, ${count(file.bytes)} bytes`),
      file?.width && row("Picture", `${file.width} × ${file.height}, ${file.frames} frames at ${file.fps} fps, ${file.codec}`),
      file?.width && row("Length", `${file.duration} s, ${file.sound ? "with sound" : "silent"}`),
      file?.provenance && row("Marks", `C2PA manifest: ${yes(file.provenance.c2pa)}; watermark ordered: ${yes(file.provenance.watermark)}`),
      file && row("SHA-256", make("code", {}, file.sha256)),
      video.provider && row("Made by", `${video.provider.name} (${video.provider.vendor})`),
      video.webhook?.url_host && row("Webhook", words(video.webhook.url_host)),
      lines(metadata)),
    warningList(video.warnings || []),
    text && make("details", {}, make("summary", {}, "Settings"), make("dl", {}, lines(settings)))),
  ];
}
