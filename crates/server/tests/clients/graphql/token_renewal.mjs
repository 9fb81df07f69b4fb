// The npm package graphql-ws: a ping with a fresh token keeps a subscription beyond the lifetime of the token that it
// was started with. The server's access tokens are valid for only a few seconds.
import assert from "node:assert/strict";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { execute, logIn, registerForklifts, socketUrl, url } from "./server.mjs";

const lifeMs = 4000;

/** Logs in and returns both tokens; the refresh token continues the session. */
async function session() {
  const answer = await fetch(`${url}/api/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: process.env.FLEETWATCH_USERNAME, password: process.env.FLEETWATCH_PASSWORD }),
  });
  return answer.json();
}

async function refreshed({ refreshToken }) {
  const answer = await fetch(`${url}/api/auth/refresh`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ refreshToken }),
  });
  assert.equal(answer.status, 200);
  return answer.json();
}

let tokens = await session();
let socket;
const closes = [];
const pongs = [];
const client = createClient({
  url: socketUrl,
  webSocketImpl: WebSocket,
  retryAttempts: 0,
  connectionParams: () => ({ authorization: `Bearer ${tokens.accessToken}` }),
  on: {
    opened: (opened) => (socket = opened),
    closed: ({ code }) => closes.push(code),
    pong: (received, payload) => received && pongs.push(payload),
  },
});

const names = [];
const ended = new Promise((resolve) => {
  client.subscribe(
    { query: "subscription { vehicleAdded { name } }" },
    {
      next: ({ data }) => names.push(data.vehicleAdded.name),
      error: resolve,
      complete: () => resolve("complete"),
    },
  );
});
const begun = Date.now();
while (Date.now() < begun + 2 * lifeMs) {
  await new Promise((resolve) => setTimeout(resolve, lifeMs / 4));
  tokens = await refreshed(tokens);
  socket.send(JSON.stringify({ type: "ping", payload: { authorization: `Bearer ${tokens.accessToken}` } }));
}
const [id] = await registerForklifts(tokens.accessToken, ["Renewed 1"]);
for (const deadline = Date.now() + 5000; names.length === 0 && Date.now() < deadline; ) {
  await new Promise((resolve) => setTimeout(resolve, 20));
}
assert.deepEqual(names, ["Renewed 1"]);
assert.deepEqual(closes, []);
assert.ok(pongs.length >= 6 && pongs.every(({ expiresAt }) => expiresAt > begun), JSON.stringify(pongs));

// An invalid token closes the connection, with the code after which clients reconnect.
socket.send(JSON.stringify({ type: "ping", payload: { authorization: "Bearer nonsense" } }));
const { code } = await ended;
assert.equal(code, 4403);
await execute((await session()).accessToken, "mutation($id: ID!) { deleteVehicle(id: $id) }", { id });
await client.dispose();
