// The live gateway at /ws: keeps a socket open, and a picture of the fleet that is as true as the socket.
import { authorizedFetch, freshToken, pauseMs, watch } from './session.js';
const PING_EVERY_MS = 5_000, SILENT_AFTER_MS = 15_000, SLOWEST_GLIDE_MS = 1_100, ASK_NAMES_EVERY_MS = 10_000;
const UNAUTHENTICATED = 4401, AT_FIRST = { state: 'connecting', feed: 'up', feedSince: 0, updates: 0, clock: 0 };
export const vehicles = new Map(), link = { ...AT_FIRST, tell() {} }, serverNow = () => Date.now() + link.clock;
let known = new Map(); // both by id; this one has names and types, since the stream carries ids only
let socket, suspect, heardAt, tick, retry, failures = 0, namesAskedAt = -Infinity;

async function connect(refused) {
  const token = await freshToken(refused);
  if (!token) return;
  [heardAt, suspect] = [performance.now(), token]; // why a handshake fails is not told: it may be the token
  socket = new WebSocket(`${location.origin.replace('http', 'ws')}/ws`, ['fleetwatch.v1.json', `bearer.${token}`]);
  socket.onmessage = ({ data }) => { heardAt = performance.now(); receive(JSON.parse(data)); };
  socket.onclose = ({ code, reason }) => { // a server that restarts may say how long to stay away
    const waitMs = Math.max(pauseMs(failures++), /retry-after=(\d+)/.exec(reason)?.[1] ?? 0);
    retry = setTimeout(connect, waitMs, code === UNAUTHENTICATED ? token : suspect);
    link.state = 'reconnecting';
  };
}
const send = (message) => { if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message)); };
const authenticate = async () => send({ type: 'auth', token: await freshToken() });
function forget() {
  clearTimeout(retry);
  if (socket) socket.onmessage = socket.onclose = null;
  socket?.close();
  [socket, known, failures, namesAskedAt] = [undefined, new Map(), 0, -Infinity];
  vehicles.clear();
  Object.assign(link, AT_FIRST);
}
watch({ entered: connect, renewed: authenticate, left: forget });

setInterval(() => { // a peer that vanished without a word is noticed by its silence
  send({ type: 'ping' });
  if (performance.now() - heardAt > SILENT_AFTER_MS) socket?.close();
}, PING_EVERY_MS);

const receive = (message) => handlers[message.type]?.(message);
const handlers = {
  welcome({ serverTime }) {
    Object.assign(link, { feed: 'up', clock: serverTime - Date.now() });
    suspect = undefined;
    authenticate(); // by what was renewed during the handshake
    send({ type: 'subscribeAll' });
  },
  subscribed() { // the whole picture follows
    vehicles.clear();
    [tick, failures, link.state] = [undefined, 0, 'live'];
  },
  batch(frame) {
    if (frame.prev !== undefined && tick !== undefined && frame.prev !== tick) socket.close(); // a gap: start anew
    tick = frame.tick;
    frame.events.forEach(receive);
  },
  positionUpdate: update, stateUpdate: update,
  stateChange({ vehicleId, oldStatus, newStatus }) {
    vehicleOf(vehicleId).status = newStatus;
    link.tell(vehicleId, `${oldStatus} → ${newStatus}`, newStatus === 'ERROR');
  },
  vehicleError: ({ vehicleId, errorCode, message }) => link.tell(vehicleId, message || errorCode, true),
  connectionChange: ({ vehicleId, connectionStatus }) => { vehicleOf(vehicleId).connection = connectionStatus; },
  vehicleRemoved: ({ vehicleId }) => vehicles.delete(vehicleId),
  feed: ({ status, since }) => Object.assign(link, { feed: status, feedSince: since }),
  error: ({ code, message }) => link.tell(undefined, `${code} ${message}`, true),
};

function vehicleOf(id) {
  if (!known.has(id)) askNames();
  const stranger = { id, name: id.slice(0, 8), type: '', status: 'IDLE', connection: 'CONNECTED', trail: [] };
  if (!vehicles.has(id)) vehicles.set(id, Object.assign(stranger, known.get(id)));
  return vehicles.get(id);
}

/** `at` is where a vehicle is drawn; it glides to `position` until `dueAt`, when the next update is expected. */
function update({ vehicleId, position, state, status, connectionStatus: connection }) {
  const now = performance.now(), vehicle = vehicleOf(vehicleId), { heardAt = now } = vehicle;
  if (position) Object.assign(vehicle, { position, at: vehicle.at ?? { ...position } });
  const dueAt = now + Math.min(now - heardAt, SLOWEST_GLIDE_MS);
  Object.assign(vehicle, { state, status, connection, heardAt: now, dueAt });
  link.updates++;
}

/** Names and types by GraphQL, again when a stranger appears; without an answer the short ids stay. */
async function askNames(page = '') {
  if (!page && performance.now() - namesAskedAt < ASK_NAMES_EVERY_MS) return;
  namesAskedAt = performance.now();
  const query = `{vehicles(pagination:{first:500 ${page}}){nodes{id name type} pageInfo{hasNextPage endCursor}}}`;
  const body = JSON.stringify({ query }), headers = { 'content-type': 'application/json' }, names = known;
  const request = authorizedFetch('/graphql', { method: 'POST', headers, body });
  const answer = await request.then((response) => response.json()).catch(() => null);
  const { nodes, pageInfo } = answer?.data?.vehicles ?? {};
  if (!nodes || names !== known) return; // somebody else may have logged in
  for (const named of nodes) {
    known.set(named.id, named);
    Object.assign(vehicles.get(named.id) ?? {}, named);
  }
  if (pageInfo.hasNextPage) askNames(`after:${JSON.stringify(pageInfo.endCursor)}`);
}
