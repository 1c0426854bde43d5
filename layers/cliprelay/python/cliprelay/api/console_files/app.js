// The console: signs in, and shows the view that the address names after its #. No address ever holds the API key.
import { Problem, Unreachable, call, forgetKey, keepKey, key } from "./api.js";
import { confirmed, find, notice, pause, say, show } from "./dom.js";
import { clear, complainAbout } from "./fields.js";
import { clearList, showList, startList } from "./list.js";
import { resetOrder, resume, startOrder } from "./order.js";
import * as outbox from "./outbox.js";
import { clearUsage, showUsage, startUsage } from "./usage.js";
import { leaveVideo, showVideo } from "./video.js";

const VIDEO_ID = /^vid_[0-9A-Z]{26}$/;
const VIEWS = ["sign-in", "new", "videos", "video", "usage"];
let isStarted = false;

function route() {
  const name = location.hash.slice(1);
  if (name === "main") return find("main").focus();
  leaveVideo();
  if (!key()) return see("sign-in", "Sign in");
  if (VIDEO_ID.test(name)) {
    see("video", "Video");
    return showVideo(name);
  }
  if (name === "videos") {
    see("videos", "Videos");
    return showList();
  }
  if (name === "usage") {
    see("usage", "Usage");
    return showUsage();
  }
  return see("new", "New video");
}

function see(view, title) {
  for (const each of VIEWS) show(find(`view-${each}`), each === view);
  show(find("nav"), view !== "sign-in");
  for (const link of find("nav").querySelectorAll("a")) {
    if (link.hash === `#${view}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${title} · ClipRelay`;
  notice("");
  const target = view === "sign-in" ? find("field-key") : find(`view-${view}`).querySelector("h1");
  target.focus({ preventScroll: true });
  scrollTo(0, 0);
}

/** Read the models, which also shows whether the key is valid; waits for a service that does not answer. */
async function models(as) {
  for (;;) {
    try {
      return (await call("GET", "models", { as })).data.data;
    } catch (error) {
      if (error instanceof Problem && error.status < 500) throw error;
      notice(`${error.message} Trying again …`);
      await pause(2);
    }
  }
}

async function enter(as) {
  const offered = await models(as);
  notice("");
  keepKey(as);
  if (!isStarted) for (const start of [startOrder, startList, startUsage]) start(offered);
  isStarted = true;
  route();
  resume(as);
}

find("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target, typed = form.elements.key.value.trim();
  clear(form);
  if (!/^[\x21-\x7e]+$/.test(typed)) return askAgain("Paste an API key: one line that begins with clr_.");
  try {
    await enter(typed);
    form.reset();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    askAgain(error.status === 401 ? "This key is not valid here: it is wrong, or was revoked." : error.message);
  }
});

function askAgain(reason) {
  complainAbout(find("sign-in").querySelector(".field"), reason);
  find("field-key").focus();
}

find("sign-out").addEventListener("click", async () => {
  const text = "An order has not been answered. Signed out, this tab forgets it; look into the list later whether it was accepted.";
  if (outbox.waiting() && !(await confirmed({ title: "Sign out?", text, yes: "Sign out" }))) return;
  outbox.forget();
  leave();
  say("Signed out.");
});

function leave() {
  forgetKey();
  resetOrder();
  clearList();
  clearUsage();
  history.replaceState(null, "", location.pathname);
  route();
}

document.addEventListener("unauthorized", ({ detail }) => {
  if (!isStarted || detail.as !== key()) return;
  leave();
  askAgain("This key is no longer valid. Sign in with another one.");
});

// A file that misses its field must not replace the page.
for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault());
addEventListener("hashchange", route);

if (key()) {
  enter(key()).catch((error) => {
    if (error instanceof Unreachable) throw error;
    forgetKey();
    route();
    askAgain(error.message);
  });
} else route();
