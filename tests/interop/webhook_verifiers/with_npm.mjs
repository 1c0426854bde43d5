// Reads cases from standard input, and says of each whether the receiver of docs/webhooks.md, with npm's `standardwebhooks`, takes it.
import { readFileSync } from "node:fs";
import { receive } from "./receive.mjs";

const cases = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(cases.map((each) => receive(each.body, each.headers, each.secret) !== null)));
