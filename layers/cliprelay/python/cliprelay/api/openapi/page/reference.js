"use strict";
// Shows openapi.json. All text reaches the page as text nodes, so nothing in the description can become markup.

const find = (id) => document.getElementById(id);
const main = find("main"), menu = find("menu"), search = find("search"), all = find("all");
let api;

function make(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.flat(9).filter((child) => child != null));
  return made;
}

// `code` in texts, and paragraphs between blank lines.
const prose = (text) => (text || "").split("`").map((part, index) => (index % 2 ? make("code", {}, part) : part));
const paragraphs = (text) => (text || "").split("\n\n").map((part) => make("p", {}, prose(part)));
const code = (value) => make("code", {}, typeof value === "string" ? value : JSON.stringify(value));
const listed = (nodes, between) => nodes.flatMap((node, index) => (index ? [between, node] : [node]));
const refName = (schema) => schema.$ref.split("/").pop();
const resolved = (schema) => (schema?.$ref ? { ...api.components.schemas[refName(schema)], ...schema } : schema || {});
const isNull = (schema) => schema.type === "null";

function block(text) {
  const button = make("button", { type: "button" }, "Copy");
  button.onclick = () => navigator.clipboard?.writeText(text).then(() => (button.textContent = "Copied"));
  return make("pre", { tabIndex: 0 }, navigator.clipboard ? button : null, text);
}

function fold(title, ...content) {
  return make("details", {}, make("summary", { className: "soft" }, title), content);
}

// What a value may be, as a phrase with links to the schemas.
function kind(schema) {
  if (schema.$ref) return [make("a", { href: "#schema-" + refName(schema) }, refName(schema))];
  const choices = schema.anyOf || schema.oneOf || schema.allOf;
  if (choices) return listed(choices.map(kind), schema.allOf ? " and " : " or ");
  if ("const" in schema) return [code(schema.const)];
  if (schema.enum) return listed(schema.enum.map(code), " | ");
  if (schema.type === "array") return ["array of ", kind(schema.items || {})];
  if (schema.additionalProperties?.type || schema.additionalProperties?.$ref) return ["map of ", kind(schema.additionalProperties)];
  return [[schema.type || "any value", schema.format ? ` (${schema.format})` : ""].flat().join("")];
}

const LIMITS = {
  minimum: "from", maximum: "to", exclusiveMinimum: "above", exclusiveMaximum: "below", multipleOf: "a multiple of",
  minLength: "at least", maxLength: "at most", minItems: "at least", maxItems: "at most", minProperties: "at least", maxProperties: "at most",
};
const UNITS = { Length: "characters", Items: "items", Properties: "pairs" };

function limits(schema) {
  const parts = [schema, ...(schema.anyOf || schema.oneOf || []).filter((one) => !one.$ref && !isNull(one))];
  const found = parts.flatMap((part) => Object.keys(LIMITS).filter((name) => name in part).map((name) => {
    const unit = UNITS[name.slice(3)];
    return `${LIMITS[name]} ${part[name].toLocaleString("en")}${unit ? " " + unit : ""}`;
  }));
  for (const { pattern } of parts) if (pattern && pattern.length < 60) found.push(["matches ", code(pattern)]);
  if (schema.default != null) found.push(["default ", code(schema.default)]);
  return found.length ? [", ", listed(found, ", ")] : [];
}

function entry(name, schema, required, description, place) {
  return [
    make("dt", {}, make("code", {}, name), " ", make("span", { className: "soft" }, place ? place + ", " : "", kind(schema), limits(schema)), required ? make("b", {}, " required") : null),
    make("dd", {}, prose(description ?? schema.description ?? "")),
  ];
}

function fields(schema) {
  const required = schema.required || [];
  const known = Object.entries(schema.properties || {});
  if (!known.length) return make("p", {}, kind(schema), limits(schema));
  return make("dl", {}, known.map(([name, field]) => entry(name, field, required.includes(name))));
}

const exampleOf = (schema) => resolved(schema).example ?? resolved(schema).examples?.[0];
const json = (value) => JSON.stringify(value, null, 2);
const quoted = (text) => "'" + text.replaceAll("'", "'\\''") + "'";
// Relative servers count from the description's own address.
const base = () => new URL(api.servers?.[0]?.url || ".", new URL("openapi.json", location.href)).href.replace(/\/$/, "");

function curl(method, path, operation, body) {
  const parameters = operation.parameters || [];
  let url = base() + path, command = { GET: "curl", HEAD: "curl -I" }[method] || "curl -X " + method;
  for (const each of parameters.filter((one) => one.in === "path")) {
    const example = each.example ?? Object.values(each.examples || {})[0]?.value ?? exampleOf(each.schema);
    if (example != null) url = url.replace(`{${each.name}}`, encodeURIComponent(example));
  }
  if (operation.responses["302"] && method === "GET") command += " -L -o video.mp4";
  const lines = [`${command} ${quoted(url)}`];
  if ((operation.security || api.security || []).length) lines.push('-H "Authorization: Bearer $KEY"');
  if (parameters.some((one) => one.name === "Idempotency-Key")) lines.push("-H 'Idempotency-Key: order-1'");
  if (body !== undefined) lines.push("-H 'Content-Type: application/json'", "-d " + quoted(json(body)));
  return block(lines.join(" \\\n  "));
}

function requests(method, path, operation) {
  const schema = Object.values(operation.requestBody?.content || {})[0]?.schema;
  if (!schema) return [make("h3", {}, "Example"), curl(method, path, operation)];
  const shapes = exampleOf(schema) === undefined ? resolved(schema).oneOf || [schema] : [schema];
  const examples = shapes.map((shape) => [shapes.length > 1 ? make("p", { className: "soft" }, kind(shape)) : null, curl(method, path, operation, exampleOf(shape) ?? {})]);
  const shown = shapes.map((shape) => (shapes.length > 1 ? fold(["Fields of ", kind(shape)], fields(resolved(shape))) : fields(resolved(shape))));
  return [make("h3", {}, "Body"), make("p", {}, kind(schema)), shown, make("h3", {}, shapes.length > 1 ? "Examples" : "Example"), examples];
}

function response(status, answer) {
  const contents = Object.entries(answer.content || {});
  const codes = contents.flatMap(([, content]) => Object.entries(content.examples || {}));
  const headers = Object.entries(answer.headers || {});
  const shown = contents.flatMap(([, { schema, examples }]) => (examples ? [] : [exampleOf(schema)])).filter((example) => example !== undefined);
  return [
    make("dt", {}, make("span", { className: "status" + (status >= "400" ? " error" : "") }, status), " ",
      make("span", { className: "soft" }, listed(contents.map(([type, { schema }]) => (schema ? [type + ": ", kind(schema)] : type)), "; "))),
    make("dd", {},
      codes.length ? codes.map(([name, { value }]) => make("div", {}, code(name), " ", prose(value.detail))) : prose(answer.description),
      headers.map(([name, header]) => make("div", { className: "soft" }, "Header ", code(name), ": ", prose(header.description))),
      codes.length ? fold("Examples", codes.map(([, { value }]) => block(json(value)))) : shown.map((example) => fold("Example", block(json(example))))),
  ];
}

function card(id, heading, text, content) {
  const made = make("details", { id }, make("summary", {}, heading), make("div", {}, content));
  made.words = text.toLowerCase();
  return made;
}

const method = (name) => make("span", { className: "method " + name }, name);

function operationCard(name, path, operation) {
  const heading = [method(name), make("span", { className: "path" }, path), make("span", { className: "soft" }, operation.summary)];
  const isPublic = !(operation.security || api.security || []).length;
  const parameters = operation.parameters || [];
  return card(operation.operationId, heading, `${name} ${path} ${JSON.stringify(operation)}`, [
    paragraphs(operation.description),
    isPublic ? make("p", { className: "soft" }, "No API key needed.") : null,
    parameters.length ? [make("h3", {}, "Parameters"), make("dl", {}, parameters.map((one) => entry(one.name, one.schema, one.required, one.description, one.in)))] : null,
    requests(name, path, operation),
    make("h3", {}, "Responses"), make("dl", {}, Object.entries(operation.responses).map(([status, answer]) => response(status, answer))),
  ]);
}

function section(title, description, cards, labels) {
  const links = cards.map((each, index) => make("a", { href: "#" + each.id }, labels[index]));
  cards.forEach((each, index) => (each.link = links[index]));
  const heads = [make("h2", {}, title), make("p", { className: "soft" }, prose(description))];
  menu.append(make("b", {}, title), ...links);
  main.append(...heads, ...cards);
  return { cards, heads: [...heads, links[0].previousSibling] };
}

function show() {
  const found = Object.entries(api.paths).flatMap(([path, item]) => Object.entries(item).map(([name, operation]) => ({ path, name: name.toUpperCase(), operation })));
  const sections = api.tags.map((tag) => {
    const own = found.filter(({ operation }) => operation.tags.includes(tag.name));
    const cards = own.map(({ name, path, operation }) => operationCard(name, path, operation));
    return section(tag.name, tag.description, cards, own.map(({ name, operation }) => [method(name), operation.summary]));
  });
  const schemas = Object.entries(api.components.schemas);
  const cards = schemas.map(([name, schema]) => card("schema-" + name, [make("span", { className: "path" }, name)], name + JSON.stringify(schema), [
    paragraphs(schema.description), fields(schema), exampleOf(schema) === undefined ? null : [make("h3", {}, "Example"), block(json(exampleOf(schema)))],
  ]));
  sections.push(section("Schemas", "The types of bodies.", cards, schemas.map(([name]) => name)));
  return sections;
}

function filter(sections) {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const { cards, heads } of sections) {
    const matching = cards.filter((each) => words.every((word) => each.words.includes(word)));
    cards.forEach((each) => (each.hidden = each.link.hidden = !matching.includes(each)));
    heads.forEach((head) => (head.hidden = !matching.length));
    shown += matching.length;
  }
  find("count").textContent = words.length ? `${shown} found` : "";
}

// Follows a link to a closed card, also to one that the search hides.
function reveal(sections) {
  const target = find(decodeURIComponent(location.hash.slice(1)));
  if (!target?.words) return;
  if (target.hidden) { search.value = ""; filter(sections); }
  target.open = true;
  target.scrollIntoView();
  target.firstChild.focus({ preventScroll: true });
}

function listen(sections) {
  const cards = sections.flatMap((each) => each.cards);
  search.oninput = () => filter(sections);
  search.onkeydown = (event) => {
    if (event.key === "Escape") { search.value = ""; filter(sections); }
    const first = cards.find((each) => !each.hidden);
    // Without preventDefault, the same key press would close the card that has just got the focus.
    if (event.key === "Enter" && first) { event.preventDefault(); first.open = true; first.firstChild.focus(); }
  };
  document.onkeydown = (event) => {
    if (event.key === "/" && !event.target.matches("input")) { event.preventDefault(); search.select(); search.focus(); }
  };
  all.onclick = () => {
    const open = all.getAttribute("aria-pressed") === "false";
    all.setAttribute("aria-pressed", open);
    all.textContent = open ? "Close all" : "Open all";
    cards.forEach((each) => (each.open = open));
  };
  onhashchange = () => reveal(sections);
  const wide = matchMedia("(min-width: 60rem)");
  (wide.onchange = () => (menu.open = wide.matches))();
}

async function start() {
  const answer = await fetch("openapi.json");
  if (!answer.ok) throw new Error(answer.status === 429 ? "too many requests just now; reload in a moment" : `status ${answer.status}`);
  api = await answer.json();
  find("loading").remove();
  document.title = `${api.info.title} API ${api.info.version}`;
  document.querySelector("h1").textContent = document.title;
  main.append(...paragraphs(api.info.description), make("p", {}, "Base URL: ", code(base()), ". The same for machines: ", make("a", { href: "openapi.json" }, "openapi.json"), "."));
  const sections = show();
  listen(sections);
  reveal(sections);
}

start().catch((error) => { find("loading").append(make("strong", {}, ` failed: ${error.message}.`)); });
