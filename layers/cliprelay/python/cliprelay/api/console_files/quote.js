// What an order would produce and cost, as the service judges it.
import { count, fill, find, make, row, seconds, time, usd, warningList, words } from "./dom.js";

/** Show a quote, or a hint about what is missing for one. */
export function showQuote(quote, hint) {
  fill(find("quote"), make("h2", {}, "Price"), quote ? judged(quote) : make("p", { class: "hint" }, hint));
}

function judged({ usd: price, tokens, geometry, typical_seconds: typical, provider, budget, warnings }) {
  return [
    make("p", { class: "price" }, usd(price.most), make("span", { class: "hint" }, " at most")),
    make("p", { class: "hint" }, `About ${usd(price.request)}, ${count(tokens)} tokens at the published price.`),
    make("dl", {},
      row("Video", `${geometry.width} × ${geometry.height} (${geometry.ratio}), ${geometry.fps} fps, ${geometry.duration} s`
        + (geometry.exact ? "" : "; the shape is assumed")),
      typical && row("Takes", `usually ${seconds(typical.median)}, rarely more than ${seconds(typical.p95)}`),
      row("Data goes to", `${provider.name} (${provider.vendor}); region: ${provider.region}, retention: ${provider.retention}`),
      budget && row("Budget", budgetLine(budget), budget.fits ? null : make("strong", {}, " This order does not fit."))),
    warningList(warnings),
  ];
}

export function budgetLine({ budget, limit_usd, spent_usd, reserved_usd, resets_at }) {
  return [words(budget), `: ${usd(spent_usd)} spent and ${usd(reserved_usd)} reserved of ${usd(limit_usd)}, until `, time(resets_at)];
}
