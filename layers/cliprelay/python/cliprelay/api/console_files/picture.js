// A field for a picture: choose, drop or paste. A small file goes along in the request, a larger one straight into the bucket.
import { Problem, upload } from "./api.js";
import { fill, make, say, size } from "./dom.js";
import { clear, complainAbout, field } from "./fields.js";

// A picture in the request is sent with every quote, and an order must fit into sessionStorage.
const INLINE_BYTES = 200_000;

// By content, because a name or the system may say something else, and the service compares.
const SIGNATURES = [
  ["image/png", /^\x89PNG/], ["image/jpeg", /^\xff\xd8\xff/], ["image/gif", /^GIF8/], ["image/bmp", /^BM/],
  ["image/webp", /^RIFF....WEBP/s], ["image/tiff", /^(II\*\0|MM\0\*)/],
];

/** Make the field; `changed` is called whenever its value is another one. */
export function pictureField(name, label, hint, changed) {
  const input = make("input", { type: "file", id: `field-${name}`, accept: "image/*" });
  const preview = make("div", { class: "preview", hidden: true });
  const made = field(name, label, input, hint, preview);
  const state = { value: undefined, busy: false, failed: false, element: made, take, name };
  let work;

  input.addEventListener("change", () => input.files[0] && take(input.files[0]));
  made.addEventListener("dragover", (event) => (event.preventDefault(), made.classList.add("over")));
  made.addEventListener("dragleave", () => made.classList.remove("over"));
  made.addEventListener("drop", (event) => {
    event.preventDefault();
    made.classList.remove("over");
    if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
  });

  async function take(file) {
    work?.abort();
    work = new AbortController();
    const { signal } = work;
    Object.assign(state, { file, value: undefined, busy: true, failed: false });
    clear(made);
    named(file);
    see(file);
    changed();
    try {
      const value = await valueOf(file, signal);
      Object.assign(state, { value, busy: false });
    } catch (error) {
      if (signal.aborted) return;
      Object.assign(state, { busy: false, failed: true });
      if (error instanceof Problem && error.errors.length) complainAbout(made, error.errors.map((each) => each.message).join("; "));
      else complainAbout(made, error.message);
    }
    changed();
  }

  /** Let the input name a file that was dropped or pasted, too. */
  function named(file) {
    const data = new DataTransfer();
    data.items.add(file);
    input.files = data.files;
  }

  function remove() {
    work?.abort();
    Object.assign(state, { file: null, value: undefined, busy: false, failed: false });
    input.value = "";
    preview.hidden = true;
    fill(preview);
    clear(made);
    changed();
    input.focus();
  }

  function see(file) {
    const shown = make("img", { alt: `Preview of ${label.toLowerCase()}` });
    const facts = make("span", {}, size(file.size));
    const address = URL.createObjectURL(file);
    shown.addEventListener("load", () => {
      facts.textContent = `${shown.naturalWidth} × ${shown.naturalHeight} pixels, ${size(file.size)}`;
      URL.revokeObjectURL(address);
    });
    shown.addEventListener("error", () => (shown.remove(), URL.revokeObjectURL(address)));
    shown.src = address;
    const called = make("bdi", { class: "words" }, file.name || "pasted picture");
    fill(preview, shown, make("p", {}, called, make("br"), facts), make("button", { type: "button", onclick: remove }, "Remove"));
    preview.hidden = false;
    say(`Picture ${file.name}`);
  }

  return state;
}

async function valueOf(file, signal) {
  const type = typeOf(await file.slice(0, 12).arrayBuffer()) || file.type || "application/octet-stream";
  if (file.size > INLINE_BYTES) return upload(file, type, signal);
  const address = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Error("This file cannot be read. Choose it again."));
    reader.readAsDataURL(file);
  });
  return `data:${type};base64,${address.slice(address.indexOf(",") + 1)}`;
}

function typeOf(bytes) {
  const start = String.fromCharCode(...new Uint8Array(bytes));
  return SIGNATURES.find(([, signature]) => signature.test(start))?.[0];
}
