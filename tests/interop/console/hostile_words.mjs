// Words that break pages, wherever a page shows words: nothing runs, and nothing gets wider than a phone.
import { api, check, fits, given, isWider, picture, results, signedIn } from "./browser.mjs";

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const FLAG = "window.pwned=true";

export const WORDS = [
  `<script>${FLAG}</script>`,
  `<img src=x onerror="${FLAG}">`,
  `"><svg onload="${FLAG}">`,
  `</textarea><script>${FLAG}</script>`,
  `' onfocus='${FLAG}' autofocus='`,
  `javascript:${FLAG}`,
  `<a href="javascript:${FLAG}">click</a>`,
  `<iframe srcdoc="<script>parent.${FLAG}</script>">`,
  `<style>*{display:none}</style>`,
  `<base href="//example.com/">`,
  `<meta http-equiv="refresh" content="0;url=//example.com">`,
  `{{7*7}} \${${FLAG}} <%= 7*7 %>`,
  `<math><mtext></form><form><mglyph><style></math><img src onerror=${FLAG}>`,
  `&lt;script&gt;${FLAG}&lt;/script&gt;`,
  `<!--<img src="--><img src=x onerror=${FLAG}//">`,
  "W".repeat(2000),
  "\u202Ehtml.live\u202C right to left \u2067نص\u2069",
  "Z\u0351\u036B\u0343\u036A\u0302\u036B\u033D\u034F\u0334".repeat(60),
  "\uFEFF zero\u200Bwidth\u200Djoiner \u00AD soft",
  "👩‍👩‍👧‍👦".repeat(80),
  "ﷺ".repeat(100),
  "田中さんにあげて下さい".repeat(30),
  "1/0 NaN null undefined true [object Object] __proto__ constructor",
  "'; DROP TABLE videos; --",
  "tab\tand\nlines\n\n\nand \u2028 and \u2029",
];

async function ordered() {
  const ids = [];
  for (const word of WORDS) {
    const body = {
      model: "seedance-v1.5-pro-t2v",
      prompt: word,
      metadata: { [word.slice(0, 64)]: word.slice(0, 500), constructor: word.slice(0, 500) },
      not_before: new Date(Date.now() + 3_600_000).toISOString(),
    };
    const { status, data } = await api("POST", "videos", body);
    if (status === 202) ids.push(data.id);
    else check(`the API takes ${JSON.stringify(word.slice(0, 30))}`, false, JSON.stringify(data).slice(0, 300));
  }
  return ids;
}

const wasRun = (page) => page.evaluate(() => Boolean(window.pwned));

export async function hostileWords(browser) {
  const ids = await ordered(),
    page = await signedIn(browser, PHONE);
  await page.evaluate(() => (location.hash = "videos"));
  await page.waitForFunction(() => document.querySelectorAll("#list li").length >= 20);
  await page.click("#more");
  await page.waitForFunction(() => document.querySelectorAll("#list li").length > 20);
  await fits(page, "a list of hostile prompts, 390 px");
  await picture(page, "hostile-list");
  let wide = 0,
    changed = 0,
    ran = 0;
  for (const [index, id] of ids.entries()) {
    await page.evaluate((hash) => (location.hash = hash), id);
    await page.waitForFunction((wanted) => document.querySelector("#video code")?.textContent === wanted, id);
    const shown = await page.evaluate(() => [...document.querySelectorAll("#video p.words")].map((each) => each.textContent)[0]);
    changed += shown === (await api("GET", `videos/${id}`)).data.request.prompt ? 0 : 1;
    wide += (await isWider(page)) ? 1 : 0;
    ran += (await wasRun(page)) ? 1 : 0;
    if (index === 15) await picture(page, "hostile-video");
  }
  check(
    `${ids.length} videos of hostile words, 390 px: nothing runs, all is shown as text, nothing is wider`,
    wide + changed + ran === 0,
    `${ran} ran, ${changed} changed, ${wide} too wide`,
  );
  await typed(page);
  check("no dialog and no script of hostile words", results.dialogs === 0 && !(await wasRun(page)));
  await page.context().close();
  for (const id of ids) await api("POST", `videos/${id}/cancel`);
}

/** Hostile words in the form: file names, settings, and what the API says about them. */
async function typed(page) {
  await page.evaluate(() => (location.hash = "new"));
  let wide = 0;
  for (const word of WORDS) {
    await page.evaluate(
      ([word, bytes]) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], word, { type: "image/png" }));
        document
          .querySelector("[data-field=image]")
          .dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
      },
      [word, [1, 2, 3]],
    );
    await page.fill("#field-prompt", word);
    await page.fill("#field-duration", word);
    await page.evaluate(([word]) => (document.querySelector("#field-metadata").value = `${word}=${word}`), [word]);
    await page.waitForTimeout(600);
    wide += (await isWider(page)) ? 1 : 0;
  }
  check(`${WORDS.length} hostile names of files and settings fit, 390 px`, wide === 0 && !(await wasRun(page)), `${wide} too wide`);
  await page.setInputFiles("#field-image", given.picture);
}
