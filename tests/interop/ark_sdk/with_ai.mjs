// The AI SDK with its ByteDance provider: one order; JSON on standard input says which, JSON on standard output what came of it.
import { readFileSync } from "node:fs";
import { createByteDance } from "@ai-sdk/bytedance";
import { experimental_generateVideo as generateVideo } from "ai";

const given = JSON.parse(readFileSync(0, "utf8"));
const bytedance = createByteDance({ baseURL: `${given.url}/api/v3`, apiKey: given.key });
// The SDK itself refuses addresses of this machine.
const download = async ({ url }) => {
  const answer = await fetch(url);
  return { data: new Uint8Array(await answer.arrayBuffer()), mediaType: answer.headers.get("content-type") ?? undefined };
};
try {
  const { video, warnings } = await generateVideo({
    model: bytedance.video(given.model),
    prompt: { image: given.image, text: given.prompt },
    duration: 4,
    resolution: "864x496",
    headers: given.headers,
    download,
    providerOptions: { bytedance: { generateAudio: false, pollIntervalMs: 200, ...given.options } },
  });
  const { uint8Array: data } = video;
  process.stdout.write(JSON.stringify({ status: "succeeded", bytes: data.length, type: video.mediaType, box: Buffer.from(data.slice(4, 8)).toString(), warnings }));
} catch (error) {
  process.stdout.write(JSON.stringify({ status: "error", error: String(error), cause: String(error.lastError ?? error.cause ?? "") }));
}
