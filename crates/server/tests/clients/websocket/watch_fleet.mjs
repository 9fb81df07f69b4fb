// Runs the client in docs/websocket.md unchanged.
//
//   node websocket/watch_fleet.mjs DOCS_WEBSOCKET_MD ws://127.0.0.1:8080/ws ACCESS_TOKEN
//
// Each line of standard output is the client's state of the fleet after a frame, as a list of vehicles.
import { readFileSync } from "node:fs";
import WebSocket from "ws";

const [file, url, token] = process.argv.slice(2);
const [, code] = /```js\n([\s\S]*?)```/.exec(readFileSync(file, "utf8"));
const watchFleet = new Function("WebSocket", `${code}; return watchFleet;`)(WebSocket);
const stop = watchFleet(
  url,
  () => token,
  (fleet) => process.stdout.write(`${JSON.stringify([...fleet.values()])}\n`),
);
process.stdin.on("end", stop).resume();
