// An order whose answer is lost is repeated with the same key, also after a reload: it is one video, and paid once.
import { api, check, signedIn } from "./browser.mjs";

async function filled(page, prompt) {
  await page.selectOption("#field-model", "seedance-v1.5-pro-t2v");
  await page.fill("#field-prompt", prompt);
  await page.fill("#field-duration", "4");
  await page.waitForFunction(() => document.querySelector("#order-button").getAttribute("aria-disabled") === "false");
}

export async function lostAnswers(browser) {
  const page = await signedIn(browser),
    keys = [];
  let losses = 2;
  await page.route("**/v1/videos", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    keys.push(route.request().headers()["idempotency-key"]);
    if (losses-- <= 0) return route.continue();
    await route.fetch(); // recorded, and nobody hears of it
    return route.abort();
  });
  await filled(page, "An order whose answer is lost.");
  await page.click("#order-button");
  await page.waitForFunction(() => document.querySelector("#unanswered").textContent.includes("same key"));
  check("an unanswered order is said", true, await page.textContent("#unanswered p"));
  await page.reload();
  await page.waitForSelector("#view-video:not([hidden]) .badge");
  const found = (await api("GET", `videos?idempotency_key=${keys[0]}`)).data.data;
  const same = (await api("GET", "videos?limit=100")).data.data.filter((each) => each.request?.prompt === "An order whose answer is lost.");
  check(
    "three sendings with one key are one video",
    new Set(keys).size === 1 && keys.length >= 3 && same.length === 1 && found.length === 1,
    `${keys.length} sendings, ${same.length} video`,
  );
  check("nothing is left to send", (await page.evaluate(() => sessionStorage.getItem("cliprelay.order"))) === null);

  losses = 100;
  await page.click("nav >> text=New video");
  await filled(page, "An order that is given up.");
  await page.click("#order-button");
  await page.waitForFunction(() => document.querySelector("#unanswered").textContent.includes("same key"));
  await page.click("text=Stop sending");
  await page.waitForSelector("#view-video:not([hidden]) .badge");
  check(
    "who stops sending is shown the video that was accepted",
    (await page.textContent("#video")).includes("An order that is given up."),
  );
  await page.context().close();
}
