// The npm package graphql-sse, in its mode of distinct connections: results of queries, events of subscriptions, errors,
// and a client that reconnects automatically with its current token. The server's access tokens are valid for only a
// few seconds.
import assert from "node:assert/strict";
import { createClient } from "graphql-sse";
import { execute, logIn, registerForklifts, streamUrl, until } from "./server.mjs";

let logIns = 0;
const client = createClient({
  url: streamUrl,
  retryAttempts: 5,
  headers: async () => {
    logIns += 1;
    return { authorization: `Bearer ${await logIn()}` };
  },
});

/** Returns all results of an operation that completes. */
async function results(query, variables) {
  const found = [];
  for await (const result of client.iterate({ query, variables })) found.push(result);
  return found;
}

const [typename] = await results("{ __typename }");
assert.equal(typename.data.__typename, "Query");
assert.equal(typename.extensions.cost.requested, 1);
const [refused] = await results("{ nonsense }");
assert.equal(refused.errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");

const names = [];
const before = logIns;
const stop = client.subscribe(
  { query: "subscription { vehicleAdded { name } }" },
  {
    next: ({ data }) => names.push(data.vehicleAdded.name),
    error: (error) => assert.fail(String(error)),
    complete: () => {},
  },
);
await until("the stream is open", () => logIns > before);
// The token expires, the server ends the stream, and the client opens another one with a fresh token.
await until("the client came back", () => logIns > before + 1);
const token = await logIn();
const added = [];
await until("a vehicle is told", async () => {
  added.push(...(await registerForklifts(token, [`Streamed ${added.length}`])));
  return names.length > 0;
});
assert.ok(names[0].startsWith("Streamed "), names[0]);
stop();
const fresh = await logIn();
for (const id of added) await execute(fresh, "mutation($id: ID!) { deleteVehicle(id: $id) }", { id });
client.dispose();
