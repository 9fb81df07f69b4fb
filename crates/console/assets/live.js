// The live gateway at /ws: keeps a socket open, and a picture of the fleet that is as true as the socket.
const FIRST_RETRY_MS = 500, LAST_RETRY_MS = 10_000, PING_EVERY_MS = 5_000, SILENT_AFTER_MS = 15_000;
const SLOWEST_GLIDE_MS = 1_100, ASK_NAMES_EVERY_MS = 10_000;
export const vehicles = new Map(); // by id
export const link = { state: 'connecting', feed: 'up', feedSince: 0, updates: 0, clock: 0, tell() {} };
export const serverNow = () => Date.now() + link.clock;
const known = new Map(); // id → {name, type}: the stream carries ids only
let socket, heardAt, tick, failures = 0, namesAskedAt = -Infinity;

export function connect() {
  heardAt = performance.now();
  socket = new WebSocket(`${location.protocol.replace('http', 'ws')}//${location.host}/ws`, 'fleetwatch.v1.json');
  socket.onmessage = ({ data }) => { heardAt = performance.now(); receive(JSON.parse(data)); };
  socket.onclose = ({ reason }) => { // longer after each failure, jittered; a server that restarts may say how long
    const jittered = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures++) * (0.5 + Math.random() / 2);
    setTimeout(connect, Math.max(jittered, /retry-after=(\d+)/.exec(reason)?.[1] ?? 0));
    link.state = 'lost';
  };
}

setInterval(() => { // a peer that vanished without a word is noticed by its silence
  if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"ping"}');
  if (performance.now() - heardAt > SILENT_AFTER_MS) socket.close();
}, PING_EVERY_MS);

const receive = (message) => handlers[message.type]?.(message);
const handlers = {
  welcome({ serverTime }) {
    Object.assign(link, { feed: 'up', clock: serverTime - Date.now() });
    socket.send('{"type":"subscribeAll"}');
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
  positionUpdate: update,
  stateUpdate: update,
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
async function askNames() {
  if (performance.now() - namesAskedAt < ASK_NAMES_EVERY_MS) return;
  namesAskedAt = performance.now();
  for (let page = '', headers = { 'content-type': 'application/json' }; page !== null;) {
    const query = `{vehicles(pagination:{first:500 ${page}}){nodes{id name type} pageInfo{hasNextPage endCursor}}}`;
    const request = fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query }) });
    const answer = await request.then((response) => response.json()).catch(() => null);
    const { nodes = [], pageInfo } = answer?.data?.vehicles ?? {};
    for (const named of nodes) {
      known.set(named.id, named);
      Object.assign(vehicles.get(named.id) ?? {}, named);
    }
    page = pageInfo?.hasNextPage ? `after:${JSON.stringify(pageInfo.endCursor)}` : null;
  }
}
