// `node repeat.mjs API KEY ORDER`: an order by novita-sdk, again in the caller's own loop when no answer comes. It cannot send a header.
import { readFileSync } from 'node:fs';
import novita from 'novita-sdk';

const [api, key, order] = process.argv.slice(2);
const client = new novita.NovitaSDK(key);
client.setBaseUrl(api);
const data = JSON.parse(readFileSync(order, 'utf8'));
const post = () => client.httpFetch({ url: '/v3/async/seedance-v1.5-pro-i2v', method: 'POST', data });
process.stdout.write((await post().catch(post)).task_id);
