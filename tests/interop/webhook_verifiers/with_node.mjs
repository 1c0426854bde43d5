// Reads cases from standard input, and says of each whether one of its v1a signatures verifies with the public key and Node's crypto alone.
import { createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";

// RFC 8410: what stands before the 32 bytes of an ed25519 key in DER.
const PREFIX = Buffer.from("302a300506032b6570032100", "hex");

function takes({ body, headers, public_key: key }) {
  const der = Buffer.concat([PREFIX, Buffer.from(key.slice("whpk_".length), "base64")]);
  const publicKey = createPublicKey({ key: der, format: "der", type: "spki" });
  const message = Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`);
  const signatures = headers["webhook-signature"].split(" ").filter((each) => each.startsWith("v1a,"));
  return signatures.some((each) => verify(null, message, publicKey, Buffer.from(each.slice("v1a,".length), "base64")));
}

console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(takes)));
