// Drives the application of docs/front-end.md, compiled into the folder FRONT_END: three pages are merged by the clients'
// own helpers, one normalised vehicle is kept current by a subscription, and live positions are followed.
import assert from "node:assert/strict";
import { parse } from "graphql";
import WebSocket from "ws";
import { execute, logIn, registerForklifts, until, url } from "./server.mjs";

// Browsers and newer versions of Node.js have a built-in `WebSocket`.
globalThis.WebSocket ??= WebSocket;

const part = (name) => import(`${process.env.FRONT_END}/src/${name}.js`);
const { Session } = await part("session");
const { socketOf } = await part("socket");

const token = await logIn();
const ids = await registerForklifts(token, Array.from({ length: 7 }, (_, n) => `Listed ${n}`));
const session = new Session(url);
await session.logIn(process.env.FLEETWATCH_USERNAME, process.env.FLEETWATCH_PASSWORD);
const socket = socketOf(session);

const list = `query VehicleList($first: Int!, $after: String) {
  vehicles(first: $first, after: $after) {
    edges { cursor node { id name status } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;
const states = "subscription VehicleStates { vehicleStateChanged { vehicle { id status } } }";

/** Sets a status repeatedly until a client has seen it: the subscription may not be active yet. */
async function change(id, status, seen) {
  const other = status === "MAINTENANCE" ? "STOPPED" : "MAINTENANCE";
  await until(`${id} is ${status}`, async () => {
    for (const next of [other, status]) {
      await execute(token, "mutation($id: ID!, $s: VehicleStatus!) { updateVehicleStatus(id: $id, status: $s) { id } }", { id, s: next });
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    return seen();
  });
}

const total = ids.length + 1;

// urql: the pages become one list, and the list changes with the subscription.
{
  const { urqlOf } = await part("urql");
  const client = urqlOf(session, socket);
  let after = null;
  for (let page = 0; page < 3; page += 1) {
    const { data, error } = await client.query(list, { first: 3, after }).toPromise();
    assert.equal(error, undefined, String(error));
    after = data.vehicles.pageInfo.endCursor;
  }
  let shown;
  const { unsubscribe } = client.query(list, { first: 3, after: null }, { requestPolicy: "cache-only" }).subscribe(({ data }) => {
    shown = data.vehicles;
  });
  assert.equal(shown.edges.length, total, "urql merges three pages");
  assert.equal(new Set(shown.edges.map(({ node }) => node.id)).size, total);
  assert.equal(shown.pageInfo.hasNextPage, false);
  const watching = client.subscription(states, {}).subscribe(() => {});
  await change(ids[1], "MAINTENANCE", () => shown.edges.find(({ node }) => node.id === ids[1]).node.status === "MAINTENANCE");
  watching.unsubscribe();
  unsubscribe();
}

// Apollo Client: the same.
{
  const { apolloOf } = await part("apollo");
  const client = apolloOf(session, socket);
  const query = parse(list);
  const observed = client.watchQuery({ query, variables: { first: 3 } });
  let shown;
  const watched = observed.subscribe(({ data }) => {
    if (data?.vehicles) shown = data.vehicles;
  });
  await until("Apollo has the first page", () => shown?.edges.length === 3);
  for (let page = 1; page < 3; page += 1) {
    await observed.fetchMore({ variables: { after: shown.pageInfo.endCursor } });
    await until(`Apollo has ${page + 1} pages`, () => shown.edges.length === Math.min(total, 3 * (page + 1)));
  }
  assert.equal(new Set(shown.edges.map(({ node }) => node.id)).size, total);
  assert.equal(shown.pageInfo.hasNextPage, false);
  const watching = client.subscribe({ query: parse(states) }).subscribe(() => {});
  await change(ids[2], "MAINTENANCE", () => shown.edges.find(({ node }) => node.id === ids[2]).node.status === "MAINTENANCE");
  watching.unsubscribe();
  watched.unsubscribe();
  client.stop();
}

// Server-sent events: the same subscription.
{
  const { streamOf } = await part("stream");
  const client = streamOf(session);
  const seen = [];
  const stop = client.subscribe(
    { query: states },
    { next: ({ data }) => seen.push(data.vehicleStateChanged.vehicle), error: assert.fail, complete: () => {} },
  );
  await change(ids[3], "STOPPED", () => seen.some(({ id, status }) => id === ids[3] && status === "STOPPED"));
  stop();
  client.dispose();
}

// Live positions: the first snapshot contains the parked vehicle.
{
  const { follow } = await part("live");
  const seen = new Map();
  const stop = follow(session, (event) => event.position && seen.set(event.vehicleId, event.position));
  await until("the parked vehicle is on the map", () => seen.get(process.env.PARKED_VEHICLE)?.x === 7);
  stop();
}

await socket.dispose();
process.exit(0);
