// What people do with the console, from signing in to deleting a video.
import { readFileSync } from "node:fs";
import { accessible, api, check, fits, given, open, picture, service, signIn, signedIn } from "./browser.mjs";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const LONG = 90_000;

export async function journey(browser) {
  await sizes(browser);
  const page = await signing(browser);
  await refusedPicture(page);
  await order(page, "The lamp turns. Slow push-in.");
  await watched(page);
  await links(browser, page);
  await refreshed(page);
  await deleted(page);
  await canceled(page);
  await largePicture(page);
  await lists(page);
  await views(browser);
  await signedOut(page);
}

async function sizes(browser) {
  const sent = [];
  const page = await open(browser, {}, "about:blank");
  page.on("response", async (response) => sent.push({ url: response.url(), size: (await response.request().sizes()).responseBodySize }));
  await page.goto(given.console, { waitUntil: "networkidle" });
  const bytes = sent.reduce((sum, each) => sum + each.size, 0);
  check("the first visit is small", bytes <= 24_000 && sent.length <= 16, `${sent.length} requests, ${bytes} bytes`);
  check(
    "no request leaves the service",
    sent.every(({ url }) => new URL(url).origin === new URL(given.console).origin),
  );
  sent.length = 0;
  await page.reload({ waitUntil: "networkidle" });
  check(
    "the second visit is answered by 304",
    sent.every(({ size }) => size === 0),
    `${sent.length} requests, ${sent.reduce((sum, each) => sum + each.size, 0)} bytes`,
  );
  await page.goto(`${given.api}/`);
  check("/ leads to the console", page.url() === given.console, page.url());
  await page.context().close();
}

async function signing(browser) {
  const page = await open(browser);
  await accessible(page, "sign in");
  await signIn(page, "clr_wrong");
  await page.waitForSelector("#error-key:not([hidden])");
  check(
    "a wrong key is refused at its field",
    (await page.getAttribute("#field-key", "aria-invalid")) === "true",
    await page.textContent("#error-key"),
  );
  await signIn(page);
  await page.waitForSelector("#view-new:not([hidden])");
  check("the key is in no address", !page.url().includes("clr_"));
  return page;
}

const dropped = (page, name, bytes, type) =>
  page.evaluate(
    async ([name, bytes, type]) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], name, { type }));
      document
        .querySelector("[data-field=image]")
        .dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    },
    [name, [...bytes], type],
  );

async function refusedPicture(page) {
  await dropped(page, "dot.gif", Buffer.from("R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=", "base64"), "image/gif");
  await page.waitForSelector("#error-image:not([hidden])");
  check(
    "a refused picture gets the API's sentence at its field",
    (await page.textContent("#error-image")).includes("each side more than 300"),
    await page.textContent("#error-image"),
  );
  await accessible(page, "new video with a refused picture");
}

async function order(page, prompt) {
  await dropped(page, "lighthouse.png", readFileSync(given.picture), "image/png");
  await page.fill("#field-prompt", prompt);
  await page.fill("#field-duration", "4");
  await page.selectOption("#field-resolution", "480p");
  await page.waitForFunction(
    () =>
      document.querySelector("#order-button").getAttribute("aria-disabled") === "false" &&
      document.querySelector("#quote").textContent.includes("864 × 496"),
  );
  await accessible(page, "new video with a price");
  await fits(page, "new video, 1,280 px");
  await picture(page, "console-order");
  const price = (await page.textContent("#order-button")).match(/\$(\S+)/)[1];
  const [request] = await Promise.all([
    page.waitForRequest((each) => each.method() === "POST" && each.url().endsWith("/v1/videos")),
    page.click("#order-button"),
  ]);
  check("max_cost_usd is the price that was shown", request.postDataJSON().max_cost_usd === price, price);
  check("the order has an Idempotency-Key of its own", /^console-[0-9a-f]{32}$/.test(request.headers()["idempotency-key"]));
  await page.waitForSelector("#view-video:not([hidden]) .badge");
}

async function watched(page) {
  const seen = new Set();
  await page.exposeFunction("seeStatus", (status) => seen.add(status));
  await page.evaluate(() =>
    new MutationObserver(() => window.seeStatus(document.querySelector(".state .badge")?.textContent || "")).observe(
      document.querySelector("#video"),
      { childList: true, subtree: true },
    ),
  );
  await page.waitForFunction(() => document.querySelector(".badge").textContent === "running", null, { timeout: LONG });
  await accessible(page, "a video on its way");
  await service("stop");
  await page.waitForFunction(() => document.querySelector("#notice").textContent.includes("does not answer"));
  check("a stopped service is said", await page.isVisible("#notice"), await page.textContent("#notice"));
  await service("start");
  await page.waitForSelector("video", { timeout: LONG });
  check(
    "the video was watched to its end through a restart",
    (await page.textContent(".state .badge")) === "succeeded",
    [...seen].filter(Boolean).join(", "),
  );
  await page.waitForSelector("#notice", { state: "hidden" });
  const { muted, inline } = await page.evaluate(() => ({
    muted: document.querySelector("video").muted,
    inline: document.querySelector("video").hasAttribute("playsinline"),
  }));
  check("the player is muted and plays inline", muted && inline);
  await page.evaluate(() => document.querySelector("video").play());
  await page.waitForFunction(() => document.querySelector("video").currentTime > 0.5);
  check("the video plays", true, `currentTime ${await page.evaluate(() => document.querySelector("video").currentTime)}`);
  await page.evaluate(() => document.querySelector("video").pause());
  await page.waitForFunction(() => document.querySelector("#video").textContent.includes("frames"));
  await page.waitForFunction(() => document.querySelector("video").poster);
  check("facts and SHA-256 are shown", /[0-9a-f]{64}/.test(await page.textContent("#video")));
  await accessible(page, "a finished video");
  await picture(page, "console-video");
}

async function links(browser, page) {
  await page.click("text=Copy link");
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const ranged = await page.request.get(link, { headers: { Range: "bytes=0-99" } });
  check("the copied link opens without a key", [200, 206].includes(ranged.status()), ranged.status());
  const strangers = await browser.newContext();
  const stranger = await strangers.newPage();
  await stranger.goto(link);
  check(
    "a private window plays it",
    await stranger.evaluate(
      () =>
        new Promise((resolve) => {
          const video = document.querySelector("video");
          if (video.readyState > 0) resolve(true);
          video.onloadedmetadata = () => resolve(true);
          video.onerror = () => resolve(false);
        }),
    ),
  );
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("text=Download")]);
  check("the download has a name", /^vid_.*\.mp4$/.test(download.suggestedFilename()), download.suggestedFilename());
  await page.click("text=Revoke link");
  await accessible(page, "a question before the link is revoked");
  await page.click("#confirm-yes");
  await page.waitForFunction(() => document.querySelector("#live").textContent.includes("no longer works"));
  check("the revoked link answers 410", (await stranger.goto(link)).status() === 410);
  await strangers.close();
}

async function refreshed(page) {
  await page.reload();
  await page.waitForSelector("video");
  check("a reload keeps the key and the video", await page.isVisible("#view-video"));
  await page.click("text=Refresh deliveries");
}

async function deleted(page) {
  await page.click("text=Delete video");
  await page.keyboard.press("Escape");
  check("Escape deletes nothing", await page.isVisible("video"));
  await page.click("text=Delete video");
  await page.click("#confirm-yes");
  await page.waitForFunction(() => document.querySelector(".state").textContent.includes("deleted"));
  check("a deleted video shows no file", (await page.locator("video").count()) === 0);
}

async function canceled(page) {
  await page.click("nav >> text=New video");
  await page.selectOption("#field-model", "seedance-v1.5-pro-t2v");
  await page.fill("#field-prompt", "Waves at dusk.");
  await page.click("summary >> text=More settings");
  await page.fill("#field-metadata", "order=4711\nroom=blue");
  await page.fill("#field-webhook_url", "http://127.0.0.1:9/closed");
  await page.waitForFunction(() => document.querySelector("#order-button").getAttribute("aria-disabled") === "false");
  await page.focus("#field-prompt");
  await page.focus("#order-button");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#view-video:not([hidden]) .badge");
  await page.click("text=Cancel video");
  await page.click("#confirm-yes");
  await page.waitForFunction(() => document.querySelector(".state .badge").textContent === "canceled");
  check("an order by keyboard is canceled", true, await page.textContent(".state"));
  await page.waitForFunction(() => /paid: (no|yes|unknown)/.test(document.querySelector(".state").textContent), null, { timeout: LONG });
  await page.click("text=Refresh deliveries");
  await page.waitForSelector("table");
  await page.click("text=Send again");
  await page.waitForFunction(() => document.querySelectorAll("table tbody tr").length >= 2);
  check("a delivery is sent again", true, `${await page.locator("table tbody tr").count()} deliveries`);
  await accessible(page, "deliveries");
}

/** More than goes along in a request: a form of the bucket takes it. */
async function largePicture(page) {
  await page.click("nav >> text=New video");
  await page.selectOption("#field-model", "seedance-v1.5-pro-i2v");
  const bmp = Buffer.alloc(54 + 640 * 360 * 3, 120);
  bmp.write("BM");
  bmp.writeUInt32LE(bmp.length, 2);
  bmp.writeUInt32LE(0, 6);
  bmp.writeUInt32LE(54, 10);
  for (const [at, value] of [
    [14, 40],
    [18, 640],
    [22, 360],
    [30, 0],
    [34, 640 * 360 * 3],
    [38, 2835],
    [42, 2835],
    [46, 0],
    [50, 0],
  ])
    bmp.writeUInt32LE(value, at);
  bmp.writeUInt16LE(1, 26);
  bmp.writeUInt16LE(24, 28);
  const [request] = await Promise.all([
    page.waitForRequest((each) => each.url().endsWith("/v1/quotes") && String(each.postDataJSON().image).startsWith("upload_")),
    page.evaluate(
      ([base64]) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(atob(base64), (each) => each.charCodeAt(0))], "large.bmp", { type: "image/bmp" }));
        document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
      },
      [bmp.toString("base64")],
    ),
  ]);
  check(
    "a pasted large picture goes to the bucket and is judged",
    (await (await request.response()).json()).object === "quote",
    `${bmp.length} bytes`,
  );
}

async function lists(page) {
  for (const number of [1, 2, 3])
    await api("POST", "videos", {
      model: "seedance-v1.5-pro-t2v",
      prompt: `Later ${number}`,
      not_before: new Date(Date.now() + 3_600_000).toISOString(),
    });
  await page.click("nav >> text=Videos");
  await page.waitForSelector("#list li");
  const all = await page.locator("#list li").count();
  await page.selectOption("#filter-status", "queued");
  await page.waitForFunction((before) => document.querySelectorAll("#list li").length < before, all);
  check("a filter by status shows fewer", true, `${await page.locator("#list li").count()} of ${all}`);
  await page.fill("#filter-from", "2030-01-01");
  await page.waitForFunction(() => document.querySelector("#list-count").textContent === "No videos.");
  check("a filter by date is applied", true);
  await page.fill("#filter-to", "2020-01-01");
  await page.waitForSelector("#filters .error:not([hidden])");
  check("a refused filter is said", true, (await page.locator("#filters .error:not([hidden])").allTextContents()).join(" "));
  await page.fill("#filter-to", "");
  await page.fill("#filter-from", "");
  await page.selectOption("#filter-status", "");
  await page.waitForSelector("#list li");
  await accessible(page, "the list");
  await page.click("nav >> text=Usage");
  await page.waitForSelector("#usage table");
  await page.waitForSelector("#budget p");
  check("usage and budget are shown", (await page.textContent("#budget")).includes("of $300.0000"), await page.textContent("#budget p"));
  await accessible(page, "usage");
}

/** Every view at phone width, and in dark colours. */
async function views(browser) {
  for (const [name, options] of [
    ["phone", PHONE],
    ["dark", { colorScheme: "dark" }],
    ["dark phone", { ...PHONE, colorScheme: "dark" }],
  ]) {
    const page = await signedIn(browser, options);
    const id = (await api("GET", "videos?limit=1")).data.data[0].id;
    for (const view of ["new", "videos", "usage", id]) {
      await page.evaluate((hash) => (location.hash = hash), view);
      await page.waitForTimeout(700);
      await fits(page, `${view}, ${name}`);
      await accessible(page, `${view}, ${name}`);
      if (name === "dark phone") await picture(page, `phone-${view.slice(0, 4)}`);
    }
    await page.context().close();
  }
}

async function signedOut(page) {
  await page.click("text=Sign out");
  await page.waitForSelector("#view-sign-in:not([hidden])");
  check("signing out forgets the key", (await page.evaluate(() => sessionStorage.length)) === 0);
  await page.context().close();
}
