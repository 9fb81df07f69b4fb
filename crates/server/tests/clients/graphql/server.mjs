// Access to the server under test without a library.
//
// FLEETWATCH_URL, FLEETWATCH_USERNAME and FLEETWATCH_PASSWORD specify the server and the user.
import assert from "node:assert/strict";

export const url = process.env.FLEETWATCH_URL;
export const graphqlUrl = `${url}/graphql`;
export const socketUrl = `${url.replace(/^http/, "ws")}/graphql/ws`;
export const streamUrl = `${url}/graphql/stream`;

/** Logs in and returns the access token. */
export async function logIn(username = process.env.FLEETWATCH_USERNAME, password = process.env.FLEETWATCH_PASSWORD) {
  const answer = await fetch(`${url}/api/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password }),
  });
  assert.equal(answer.status, 200);
  return (await answer.json()).accessToken;
}

/** Executes an operation, which must succeed, and returns its data. */
export async function execute(token, query, variables) {
  const answer = await fetch(graphqlUrl, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await answer.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

/** Registers forklifts and returns their ids. */
export async function registerForklifts(token, names) {
  const ids = [];
  for (const name of names) {
    const input = {
      name,
      type: "FORKLIFT",
      manufacturer: "Acme",
      forklift: {},
      specification: { maxSpeed: 2, maxLoad: 1500, batteryCapacity: 20000 },
    };
    const register = "mutation($input: CreateVehicleInput!) { createVehicle(input: $input) { id } }";
    ids.push((await execute(token, register, { input })).createVehicle.id);
  }
  return ids;
}

/** Waits until a condition holds; fails after ten seconds. */
export async function until(what, condition) {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; ) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`in vain: ${what}`);
}
