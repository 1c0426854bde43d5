// What all parts of the check share: the browser, the pages and their violations, the service, and the list of results.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

export const given = JSON.parse(process.env.CONSOLE_CHECK);
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

export const results = { failed: 0, violations: [], dialogs: 0 };

export function check(name, isRight, more = "") {
  results.failed += isRight ? 0 : 1;
  console.log(`${isRight ? "ok   " : "WRONG"} ${name}${more === "" ? "" : `: ${more}`}`);
}

/** Stop or start the service; returns when that is done. */
export async function service(order) {
  console.log(`@${order}`);
  await answers.next();
}

export const start = () => chromium.launch({ executablePath: given.browser, args: FLAGS });

/** Open a page that notes every violation of the policy, every error and every dialog. */
export async function open(browser, options = {}, url = given.console) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: new URL(given.api).origin });
  await context.exposeFunction("noteViolation", (text) => results.violations.push(text));
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) =>
      window.noteViolation(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`),
    );
  });
  const page = await context.newPage();
  page.on("dialog", (dialog) => ((results.dialogs += 1), dialog.dismiss()));
  page.on("pageerror", (error) => check("no error in a script", false, error.message));
  await page.goto(url);
  return page;
}

export async function signIn(page, key = given.key) {
  await page.fill("#field-key", key);
  await page.keyboard.press("Enter");
}

export async function signedIn(browser, options) {
  const page = await open(browser, options);
  await signIn(page);
  await page.waitForSelector("#view-new:not([hidden])");
  return page;
}

/** Let axe-core judge the page as it is. */
export async function accessible(page, name) {
  const seen = results.violations.length;
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run(document));
  results.violations.length = seen; // axe's own way of being loaded is no use of the console
  check(
    `axe-core finds nothing: ${name}`,
    violations.length === 0,
    violations.map(({ id, nodes }) => `${id} ${nodes.map((each) => each.target).join(" ")}`).join("; "),
  );
}

export async function fits(page, name) {
  const [width, room] = await widths(page);
  check(`no horizontal scroll: ${name}`, width <= room, `${width} of ${room}`);
}

/** The width of the page and that of the screen: a phone would show a wider page smaller. */
export const widths = (page) => page.evaluate(() => [Math.max(document.documentElement.scrollWidth, innerWidth), screen.width]);

export const isWider = async (page) => widths(page).then(([width, room]) => width > room);

export async function picture(page, name, options = {}) {
  if (given.pictures) await page.screenshot({ path: `${given.pictures}/${name}.png`, ...options });
}

/** Call the API without the page. */
export async function api(method, path, body, headers = {}) {
  const answer = await fetch(`${given.api}/v1/${path}`, {
    method,
    headers: { Authorization: `Bearer ${given.key}`, "Content-Type": "application/json", ...headers },
    body: body && JSON.stringify(body),
    redirect: "manual",
  });
  return { status: answer.status, data: await answer.json().catch(() => null) };
}

/** Another host, which counts who asks it. */
export async function foreignHost() {
  const asked = [];
  const server = createServer(
    (request, response) => (
      asked.push(request.url),
      response.setHeader("Access-Control-Allow-Origin", "*"),
      response.end("window.pwned = true")
    ),
  );
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, asked, close: () => server.close() };
}
