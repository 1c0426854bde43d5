// Form fields and the complaints about them. A field is a div.field[data-field], with an input, a hint and a p.error.
import { fill, make, show } from "./dom.js";

/** Make a field around an input. */
export function field(name, label, input, hint, ...rest) {
  const id = input.id;
  const described = [hint && `hint-${name}`, `error-${name}`].filter(Boolean).join(" ");
  input.setAttribute("aria-describedby", described);
  const title = make("label", { for: id }, label);
  const parts = input.type === "checkbox" ? [make("div", { class: "check" }, input, title)] : [title, input];
  return make("div", { class: "field", "data-field": name },
    parts, ...rest,
    hint && make("p", { class: "hint", id: `hint-${name}` }, hint),
    make("p", { class: "error", id: `error-${name}`, hidden: true }));
}

/** Show an error in the API's own words: complaints at their fields, everything else in the form's own line. */
export function refuse(form, error, focuses = false) {
  clear(form);
  const left = error.errors?.length ? [] : [error.message];
  for (const { field: name, message, accepted } of error.errors || []) {
    const place = form.querySelector(`[data-field="${CSS.escape(String(name).split(".")[0])}"]`);
    if (place) complainAbout(place, message, accepted);
    else left.push(`${name}: ${message}`);
  }
  const line = form.querySelector(".general");
  line.textContent = left.join(" ");
  show(line, left.length > 0);
  if (focuses) form.querySelector("[aria-invalid]")?.focus();
}

/** Complain about one field. */
export function complainAbout(place, message, accepted) {
  const line = place.querySelector(".error");
  fill(line, make("strong", {}, message), accepted && ` Accepted: ${accepted}`);
  show(line);
  place.querySelector("input, select, textarea").setAttribute("aria-invalid", "true");
  const fold = place.closest("details");
  if (fold) fold.open = true;
}

/** Remove the complaints in an element. */
export function clear(element) {
  for (const line of element.querySelectorAll(".error")) show(line, false);
  for (const input of element.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
}
