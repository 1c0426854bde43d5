// The list of videos, with its filters.
import { call, linkHere, query } from "./api.js";
import { badge, cost, fill, find, make, notice, show, time, words } from "./dom.js";
import { clear, refuse } from "./fields.js";

const STATUSES = ["queued", "submitting", "running", "archiving", "succeeded", "failed", "expired", "canceled", "unconfirmed"];
const PAGE = 20;

const form = find("filters");
let next = null, asking;

export function startList(models) {
  form.elements.status.append(...STATUSES.map((each) => make("option", {}, each)));
  form.elements.model.append(...models.map((each) => make("option", {}, each.id)));
  form.addEventListener("submit", (event) => (event.preventDefault(), showList()));
  form.addEventListener("change", () => showList());
  find("more").addEventListener("click", () => load(next));
}

/** Show the first page. */
export async function showList() {
  await load(null);
}

export function clearList() {
  asking?.abort();
  form.reset();
  fill(find("list"));
}

async function load(after) {
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking, list = find("list"), filters = Object.fromEntries(new FormData(form));
  try {
    const { data } = await call("GET", `videos${query({ ...filters, limit: String(PAGE), after })}`, { signal });
    clear(form);
    notice("");
    if (!after) fill(list);
    const first = list.children.length;
    list.append(...data.data.map(item));
    next = data.next;
    const number = list.children.length;
    const none = data.has_more ? "None among the newest." : "No videos.";
    find("list-count").textContent = number ? `${number} shown${data.has_more ? ", there are more" : ""}` : none;
    show(find("more"), data.has_more);
    if (after) list.children[first]?.querySelector("a").focus();
  } catch (error) {
    if (signal.aborted) return;
    refuse(form, error);
  }
}

function item(video) {
  const poster = video.video?.poster;
  return make("li", {},
    poster ? make("img", { class: "poster", src: linkHere(poster.link), alt: "", loading: "lazy" }) : make("span", { class: "poster" }),
    make("div", {},
      make("a", { href: `#${video.id}` }, words(video.request?.prompt || video.id)),
      make("p", { class: "hint" }, badge(video.status), " ", time(video.created_at), " · ", cost(video.cost))));
}
