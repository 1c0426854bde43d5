// What was used, and the budget of which the least is left.
import { call, query } from "./api.js";
import { count, fill, find, make, notice, table, usd, words } from "./dom.js";
import { clear, refuse } from "./fields.js";
import { budgetLine } from "./quote.js";

const HEADS = ["Videos", "Seconds", "Tokens", "Reserved", "Settled", "In doubt"];
const form = find("usage-form");
let models = [];

export function startUsage(offered) {
  models = offered;
  form.addEventListener("submit", (event) => (event.preventDefault(), showUsage()));
  form.addEventListener("change", () => showUsage());
}

export async function showUsage() {
  try {
    const { data } = await call("GET", `usage${query(Object.fromEntries(new FormData(form)))}`);
    clear(form);
    notice("");
    const rows = data.data.map((each) => [words(each[data.by]), ...amounts(each)]);
    fill(find("usage"), table(`${data.from} to ${data.to}`, [[data.by, ...HEADS], ...rows, ["total", ...amounts(data.total)]]));
    await showBudget();
  } catch (error) {
    refuse(form, error);
  }
}

export function clearUsage() {
  form.reset();
  fill(find("usage"));
  fill(find("budget"));
}

const amounts = (each) => [
  ...[each.videos, each.seconds, each.tokens].map(count), ...[each.reserved_usd, each.settled_usd, each.doubtful_usd].map(usd),
];

/** Only a quote says what is left of a budget, and one of a model without pictures needs nothing else. */
async function showBudget() {
  const model = models.find((each) => !each.fields.some(({ kind, required }) => kind === "image" && required));
  const quote = model && (await call("POST", "quotes", { body: { model: model.id, prompt: "x" } })).data;
  const line = !quote ? "The price of a new order shows it." : quote.budget ? budgetLine(quote.budget) : "No budget applies.";
  fill(find("budget"), make("h2", {}, "Budget"), make("p", {}, line));
}
