// The API, with the key of this tab. The key is never part of an address.

const BASE = new URL("../v1/", import.meta.url);
const SLOT = "cliprelay.key";

export const key = () => sessionStorage.getItem(SLOT) || "";
export const keepKey = (value) => sessionStorage.setItem(SLOT, value);
export const forgetKey = () => sessionStorage.removeItem(SLOT);

/** A refusal, in the API's own words; `errors` are those about fields. */
export class Problem extends Error {
  constructor(status, body, retryAfter) {
    super(body?.detail || body?.message || `The service answered ${status}.`);
    this.status = status;
    this.body = body || {};
    this.errors = body?.errors || [];
    this.retryAfter = Number(retryAfter) || 0;
  }
}

/** No answer, or half of one: nobody knows whether the request arrived. */
export class Unreachable extends Error {
  constructor() {
    super("The service does not answer.");
  }
}

/** Send a request; raises Problem, Unreachable, or the reason of an abort. */
export async function call(method, path, { body, headers = {}, signal, as = key() } = {}) {
  const sent = { Authorization: `Bearer ${as}`, ...headers };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  let response, text;
  try {
    response = await fetch(new URL(path, BASE), {
      method, signal, headers: sent, cache: "no-store", credentials: "omit",
      body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
    });
    text = await response.text();
  } catch (error) {
    throw signal?.aborted ? signal.reason : new Unreachable();
  }
  const data = parsed(text);
  if (response.ok && data) return { data, status: response.status, headers: response.headers };
  if (response.ok) throw new Unreachable();
  if (response.status === 401) document.dispatchEvent(new CustomEvent("unauthorized", { detail: { as, message: data?.detail } }));
  throw new Problem(response.status, data, response.headers.get("Retry-After"));
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export const query = (values) => {
  const given = Object.entries(values).filter(([, value]) => value);
  return given.length ? `?${new URLSearchParams(given)}` : "";
};

/** The address of a link at this very host, whatever host it names: `{token}` with its query. */
export function linkHere(link, extra = {}) {
  const named = new URL(link), here = new URL(`links/${named.pathname.split("/").pop()}`, BASE);
  here.search = new URLSearchParams([...named.searchParams, ...Object.entries(extra)]);
  return here.href;
}

/** Put a file into the bucket and return the value to order with. */
export async function upload(file, type, signal) {
  const sha256 = globalThis.crypto.subtle && hex(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  const { data } = await call("POST", "uploads", { body: { content_type: type, bytes: file.size, ...(sha256 && { sha256 }) }, signal });
  const form = new FormData();
  for (const [name, value] of Object.entries(data.fields)) form.append(name, value);
  form.append("file", file);
  let answer;
  try {
    answer = await fetch(data.url, { method: "POST", body: form, signal, credentials: "omit" });
  } catch {
    throw signal?.aborted ? signal.reason : new Unreachable();
  }
  if (!answer.ok) throw new Problem(answer.status, { detail: `The bucket refused the picture (${answer.status}). Choose it again.` });
  return data.image;
}

const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
