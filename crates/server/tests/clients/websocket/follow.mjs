// Checks that clients that follow docs/websocket.md end up with what REST returns, whatever they do.
//
//   node websocket/follow.mjs DOCS_WEBSOCKET_MD http://127.0.0.1:8080 CLIENTS DURATION_MS SEED
//
// FLEETWATCH_USERNAME and FLEETWATCH_PASSWORD are the credentials of an administrator of everything. The vehicles of
// the server are used, at least three of them, on the maps floor-1 and floor-2 between (0, 0) and (60, 40). Several
// servers with the same database are separated by commas. Half of the clients belong to a viewer whose rights change.
//
// The caller publishes messages from the robots, from {"phase":"churn"} on standard output to {"phase":"quiet"}.
// Meanwhile clients subscribe, filter, pause and reconnect at random, and the administrator changes vehicles and
// rights. In the quiet phase each client must have exactly the vehicles that REST returns and that match its
// subscriptions, with equal values. These rounds are repeated until the time is over. The last line has figures.
import assert from "node:assert/strict";
import { administrate } from "./follow/administration.mjs";
import { churn, INTERVALS_MS } from "./follow/churn.mjs";
import { Client, formats } from "./follow/client.mjs";
import { differences, report, vehiclesOf } from "./follow/expected.mjs";
import { functionsOf } from "./follow/page.mjs";
import { generator, sleep } from "./follow/random.mjs";
import { Rest } from "./follow/rest.mjs";

const ROUND_MS = 5_000;

/** Time within which clients must agree with REST once the robots are quiet. */
const CONVERGENCE_MS = 15_000;

/** Number of vehicles that are in groups from the start; each costs a request. */
const MAX_GROUPED = 300;

/** Number of faults in a report. */
const MAX_FAULTS = 8;

const [page, servers, count, duration, seed] = process.argv.slice(2);
const { FLEETWATCH_USERNAME: username, FLEETWATCH_PASSWORD: password } = process.env;
const urls = servers.split(",");
const started = Date.now();
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const figures = {
  clients: Number(count),
  rounds: 0,
  frames: 0,
  /** Frames without `prev`, apart from the first of a connection. */
  restarts: 0,
  reconnects: 0,
  filtersReplaced: 0,
  pauses: 0,
  changes: 0,
  events: {},
  errors: {},
};

/** Creates the groups and the viewer. Returns the viewer, and what the random actions choose from. */
async function prepare(administrator) {
  const vehicles = await administrator.list("/api/vehicles");
  const groupIds = [];
  for (const name of ["North", "South", "Short-lived"]) {
    groupIds.push((await administrator.call("POST", "/api/groups", { name: `${name} ${started}` })).id);
  }
  for (const [place, { id }] of vehicles.slice(0, MAX_GROUPED).entries()) {
    // A third of the vehicles is in neither group.
    const groupId = [groupIds[0], groupIds[1], undefined][place % 3];
    if (groupId) await administrator.call("PUT", `/api/groups/${groupId}/vehicles/${id}`);
  }
  const account = { username: `viewer${started}`, password };
  const viewer = await administrator.call("POST", "/api/users", { ...account, role: "VIEWER" });
  const grant = await administrator.call("POST", "/api/grants", { userId: viewer.id, groupId: groupIds[0] });
  const world = {
    vehicleIds: vehicles.slice(2).map(({ id }) => id),
    restoredIds: vehicles.slice(0, 2).map(({ id }) => id),
    types: [...new Set(vehicles.map(({ type }) => type))],
    maps: ["floor-1", "floor-2"],
    width: 60,
    height: 40,
    disabled: new Set(),
    grants: [grant],
    shortLivedId: groupIds[2],
    groupIds: () => [groupIds[0], groupIds[1], world.shortLivedId],
    viewerId: viewer.id,
    figures,
  };
  return { world, viewer: new Rest(urls[0], account.username, password) };
}

/** Creates clients of all subprotocols, modes, intervals, users and servers; half of them are the viewer's. */
function createClients(users, functions) {
  const decoders = Object.entries(formats(functions));
  return Array.from({ length: Number(count) }, (_, number) => {
    const [subprotocol, decode] = decoders[number % decoders.length];
    const row = Math.floor(number / decoders.length);
    const half = Math.floor(row / 2);
    const user = users[(Math.floor(number / 2) + half) % users.length];
    return new Client({
      name: `client ${number} (${user === users[0] ? "administrator" : "viewer"})`,
      server: urls[(number + half) % urls.length],
      user,
      subprotocol,
      decode,
      applyDelta: functions.applyDelta,
      mode: ["full", "delta"][(number + row) % 2],
      intervalMs: INTERVALS_MS[(number + row) % INTERVALS_MS.length],
      figures,
    });
  });
}

/** Waits until all clients agree with REST. Returns reports of those that do not. */
async function disagreements(clients, users) {
  const deadline = Date.now() + CONVERGENCE_MS;
  for (;;) {
    const vehicles = new Map();
    for (const user of users) vehicles.set(user, await vehiclesOf(user));
    const found = clients
      .map((client) => [client, differences(client, vehicles.get(client.user))])
      .filter(([, found]) => found.length > 0);
    if (found.length === 0) return [];
    if (Date.now() >= deadline) return found.map(([client, found]) => report(client, found));
    await sleep(200);
  }
}

/** Exits with a report if there are any faults. */
function judge(faults) {
  if (faults.length === 0) return;
  console.error(`${faults.length} faults after ${figures.rounds} rounds, seed ${seed}: ${JSON.stringify(figures)}`);
  faults.slice(0, MAX_FAULTS).forEach((fault) => console.error(fault));
  process.exit(1);
}

const administrator = new Rest(urls[0], username, password);
const { world, viewer } = await prepare(administrator);
const users = [administrator, viewer];
const clients = createClients(users, functionsOf(page));
const random = generator(Number(seed));
const randoms = clients.map(() => generator(random.below(2 ** 32)));
await Promise.all(clients.map((client) => client.connect()));

while (Date.now() - started < Number(duration) || figures.rounds === 0) {
  print({ phase: "churn" });
  const deadline = Date.now() + ROUND_MS;
  const actions = clients.map((client, number) => churn(client, randoms[number], world, deadline));
  await Promise.all([administrate(administrator, random, world, deadline), ...actions]);
  print({ phase: "quiet" });
  await Promise.all(clients.map((client) => client.settle()));
  const violations = () => clients.flatMap((client) => client.faults);
  judge(violations());
  judge([...(await disagreements(clients, users)), ...violations()]);
  figures.rounds += 1;
}
await Promise.all(clients.map((client) => client.disconnect(false)));
const metrics = await (await fetch(`${urls[0]}/metrics`)).text();
figures.merged = Number(/^fleetwatch_ws_conflated_total (\d+)/m.exec(metrics)?.[1] ?? 0);
assert.ok(figures.events.positionDelta > 0 && figures.events.vehicleLeft > 0, JSON.stringify(figures));
print(figures);
