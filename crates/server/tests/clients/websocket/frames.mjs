// Checks every frame of a socket against the JSON Schemas of the AsyncAPI document that the server serves.
//
//   node websocket/frames.mjs http://127.0.0.1:8080 ACCESS_TOKEN
//
// It subscribes to everything, writes {"seen": [types]} whenever a type is seen for the first time, and fails at the first
// frame that does not match.
import assert from "node:assert/strict";
import Ajv from "ajv";
import WebSocket from "ws";

const [server, token] = process.argv.slice(2);
const document = await (await fetch(`${server}/api/asyncapi.json`)).json();
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(document, "asyncapi");

const seen = new Set();
function check(message) {
  const name = message.type[0].toUpperCase() + message.type.slice(1);
  const validate = ajv.getSchema(`asyncapi#/components/schemas/${name}`);
  assert.ok(validate, `${name} is not described`);
  assert.ok(validate(message), `${JSON.stringify(message)}: ${ajv.errorsText(validate.errors)}`);
  if (!seen.has(message.type)) {
    seen.add(message.type);
    process.stdout.write(`${JSON.stringify({ seen: [...seen] })}\n`);
  }
}

const socket = new WebSocket(`${server.replace("http", "ws")}/ws`, ["fleetwatch.v1.json", `bearer.${token}`]);
socket.on("open", () => {
  for (const type of ["subscribeRegistry", "subscribeAll", "ping", "dance"]) socket.send(JSON.stringify({ type, id: type }));
});
socket.on("message", (data) => {
  const message = JSON.parse(data);
  check(message);
  message.events?.forEach(check);
});
process.stdin.on("end", () => socket.close()).resume();
