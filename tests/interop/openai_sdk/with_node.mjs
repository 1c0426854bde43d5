// Calls of the package `openai`: `node with_node.mjs calls|lost|unwrap`, with what they need as JSON on standard input.
import fs from "node:fs";
import OpenAI, { toFile } from "openai";

const SMALL = { seconds: "4", size: "864x496", generate_audio: false };

// What a call returns, or the class and the field of its error.
async function said(call) {
  try {
    return String(await call());
  } catch (error) {
    if (!(error instanceof OpenAI.APIError)) throw error;
    return `${error.constructor.name} ${error.param ?? ""}`.trim();
  }
}

async function ended(client, video) {
  while (["queued", "in_progress"].includes(video.status)) {
    await new Promise((done) => setTimeout(done, 300));
    video = await client.videos.retrieve(video.id);
  }
  return video;
}

async function calls(given) {
  const client = new OpenAI({ baseURL: given.base_url, apiKey: given.key });
  const { videos } = client;
  const picture = fs.readFileSync(given.picture);
  const made = [];
  const create = async (fields, options) => (await videos.create({ prompt: "The lamp turns.", ...SMALL, ...fields }, options)).status;
  const waited = async (fields) => {
    made.push(await ended(client, await videos.create({ prompt: "The lamp turns.", ...SMALL, ...fields })));
    return made.at(-1).status;
  };
  const stored = async (answer, head, kind) => (Buffer.from(await answer.arrayBuffer()).subarray(0, 12).includes(head) ? kind : "neither");
  const lossy = (name) => new OpenAI({ baseURL: given[name], apiKey: given.key, maxRetries: 0 }).videos.create({ prompt: "x", ...SMALL });
  const made_calls = {
    "create and wait": () => waited({}),
    "create and wait, with a file": () => waited({ input_reference: fs.createReadStream(given.picture), size: undefined }),
    "create, bytes without a name": async () => create({ input_reference: await toFile(picture) }),
    "create, image_url": () => create({ input_reference: { image_url: given.image_url } }),
    retrieve: async () => (await videos.retrieve(made[0].id)).status,
    "list 250": async () => {
      const ids = new Set();
      const other = new OpenAI({ baseURL: given.base_url, apiKey: given.list_key });
      for await (const video of other.videos.list({ limit: 100 })) ids.add(video.id);
      return ids.size;
    },
    download: async () => stored(await videos.downloadContent(made[1].id), "ftyp", "MP4"),
    "download, thumbnail": async () =>
      stored(await videos.downloadContent(made[1].id, { variant: "thumbnail" }), Buffer.from([0xff, 0xd8, 0xff]), "JPEG"),
    delete: async () => ((await videos.delete(made[0].id)).deleted ? "True" : "False"),
    "delete again": async () => ((await videos.delete(made[0].id)).deleted ? "True" : "False"),
    "retrieve, deleted": () => videos.retrieve(made[0].id),
    models: async () => (await client.models.list()).data[0].id,
    "wrong model": () => create({ model: "sora-2" }),
    "wrong size": () => create({ size: "1024x1792" }),
    "wrong seconds": () => create({ seconds: "16" }),
    "no prompt": () => create({ prompt: "" }),
    file_id: () => create({ input_reference: { file_id: "file_1" } }),
    "no picture": async () => create({ input_reference: await toFile(Buffer.from("no picture"), "a.png") }),
    "a raw Buffer": () => create({ input_reference: picture.subarray(0, 20_000) }),
    "a large file": async () => create({ input_reference: await toFile(Buffer.concat([picture, Buffer.alloc(4_100_000)]), "a.png") }),
    "a body over the limit": async () => create({ input_reference: await toFile(Buffer.concat([picture, Buffer.alloc(7_000_000)]), "a.png") }),
    remix: () => videos.remix(made[1].id, { prompt: "More." }),
    edit: () => (videos.edit ? videos.edit({ prompt: "More.", video: { id: made[1].id } }) : ""),
    "unknown id": () => videos.retrieve("video_123"),
    "another tenant's": () => videos.retrieve(given.foreign_id),
    "content before the end": async () => videos.downloadContent((await videos.create({ prompt: "Slow.", ...SMALL })).id),
    "delete before the end": async () => videos.delete((await videos.create({ prompt: "Slow.", ...SMALL })).id),
    spritesheet: () => videos.downloadContent(made[1].id, { variant: "spritesheet" }),
    "wrong after": () => videos.list({ after: "x" }),
    "wrong key": () => new OpenAI({ baseURL: given.base_url, apiKey: "clr_wrong" }).videos.list(),
    "key of another order": async () => {
      const options = { headers: { "Idempotency-Key": `key-node-${process.version}` } };
      await create({ prompt: "One." }, options);
      await create({ prompt: "One." }, options);
      return create({ prompt: "Another." }, options);
    },
    "no budget": () => new OpenAI({ baseURL: given.base_url, apiKey: given.poor_key }).videos.create({ prompt: "x", ...SMALL }),
    "answer 503": () => lossy("answer_503"),
    "answer cut": () => lossy("answer_cut"),
  };
  const found = {};
  for (const [name, call] of Object.entries(made_calls)) found[name] = await said(call);
  return found;
}

async function lost(given) {
  const picture = fs.readFileSync(given.picture);
  const order = (item) => {
    const client = new OpenAI({ baseURL: item.url, apiKey: given.key });
    return said(async () => {
      const file = item.form === "file" ? { input_reference: await toFile(picture, "a.png") } : {};
      return (await client.videos.create({ prompt: item.prompt, ...SMALL, ...file })).id;
    });
  };
  const found = {};
  for (const item of given.cases) found[item.name] = await Promise.all(Array.from({ length: item.calls }, () => order(item)));
  return found;
}

async function unwrap(given) {
  const client = new OpenAI({ apiKey: "none" });
  const verdict = async (secret) => {
    try {
      const event = await client.webhooks.unwrap(given.body, given.headers, secret);
      return `${event.type} ${event.data.id}`;
    } catch (error) {
      return error.constructor.name;
    }
  };
  return { unwrap: await verdict(given.secret), "unwrap, wrong secret": await verdict(given.wrong_secret) };
}

const given = JSON.parse(fs.readFileSync(0, "utf8"));
console.log(JSON.stringify(await { calls, lost, unwrap }[process.argv[2]](given)));
