// The only way to the page: elements and text nodes. No text that comes from elsewhere is ever read as markup.

export const find = (id) => document.getElementById(id);

const present = (children) => children.flat(Infinity).filter((child) => child != null && child !== false);

/** Make an element. `on…` properties are listeners, true is an empty attribute; false, null and undefined are left out. */
export function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...present(children));
  return made;
}

/** A text that people wrote: isolated, so that its writing direction and length change nothing around it. */
export const words = (text, tag = "span") => make(tag, { class: "words", dir: "auto" }, String(text));

export const fill = (element, ...children) => element.replaceChildren(...present(children));

export function show(element, isShown = true) {
  element.hidden = !isShown;
}

/** Say something to screen readers. */
export function say(text) {
  find("live").textContent = text;
}

/** Show a line above the page until it is replaced; "" removes it. */
export function notice(text) {
  const line = find("notice");
  if (line.textContent !== text) line.textContent = text;
  show(line, Boolean(text));
}

export function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal?.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });
}

/** A table of texts, with its first row as heads. */
export function table(caption, [heads, ...rows]) {
  return make("table", {},
    make("caption", {}, caption),
    make("thead", {}, make("tr", {}, heads.map((head) => make("th", { scope: "col" }, head)))),
    make("tbody", {}, rows.map((row) => make("tr", {}, row.map((cell) => make("td", {}, cell))))));
}

/** Ask before something that cannot be taken back. Returns null for no, else whether the optional box was checked. */
export function confirmed({ title, text, yes, choice }) {
  const dialog = find("confirm"), box = find("confirm-choice");
  find("confirm-title").textContent = title;
  find("confirm-text").textContent = text;
  find("confirm-yes").textContent = yes;
  show(box, Boolean(choice));
  box.querySelector("span").textContent = choice || "";
  box.querySelector("input").checked = false;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue === "yes" ? { checked: box.querySelector("input").checked } : null);
  });
}

find("confirm-yes").addEventListener("click", () => find("confirm").close("yes"));
find("confirm-no").addEventListener("click", () => find("confirm").close());

/** A row of a description list. */
export const row = (name, ...values) => [make("dt", {}, name), make("dd", {}, ...values)];

export const badge = (status) => make("span", { class: `badge is-${status}` }, status);

export function warningList(warnings) {
  const lines = warnings.map((each) => make("li", {}, words(each.message)));
  return lines.length > 0 && make("ul", { class: "warnings", "aria-label": "Warnings" }, lines);
}

export const usd = (text) => `$${text}`;
export const count = (number) => Number(number).toLocaleString("en");

export function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

export function seconds(number) {
  if (number < 90) return `${Math.round(number)} s`;
  return number < 5400 ? `${Math.round(number / 60)} min` : `${(number / 3600).toFixed(1)} h`;
}

/** A time of the API, in the reader's time zone. */
export function time(text) {
  const shown = new Date(text).toLocaleString([], { dateStyle: "medium", timeStyle: "medium" });
  return make("time", { datetime: text, title: text }, shown);
}

export const cost = (known) => known?.usd && `${usd(known.usd)}${known.settled ? "" : ", not settled yet"}`;
