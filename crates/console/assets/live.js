// The client of the live gateway at /ws. It keeps a socket open and maintains the current state of the fleet.
import { freshToken, pauseMs, watch } from './session.js';
const PING_EVERY_MS = 5_000, SILENT_AFTER_MS = 15_000, SLOWEST_GLIDE_MS = 1_100;
const UNAUTHENTICATED = 4401, AT_FIRST = { state: 'connecting', feed: 'up', feedSince: 0, updates: 0, clock: 0 };
export const vehicles = new Map(), link = { ...AT_FIRST, tell() {} }, serverNow = () => Date.now() + link.clock;
let socket, suspect, heardAt, tick, retry, failures = 0;

async function connect(refused) {
  const token = await freshToken(refused);
  if (!token) return;
  [heardAt, suspect] = [performance.now(), token]; // the cause of a failed handshake is unknown: it may be the token
  socket = new WebSocket(`${location.origin.replace('http', 'ws')}/ws`, ['fleetwatch.v1.json', `bearer.${token}`]);
  socket.onmessage = ({ data }) => { heardAt = performance.now(); receive(JSON.parse(data)); };
  socket.onclose = ({ code, reason }) => { // a restarting server may state the pause before reconnecting
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
  [socket, failures] = [undefined, 0];
  vehicles.clear();
  Object.assign(link, AT_FIRST);
}
watch({ entered: connect, renewed: authenticate, left: forget });

setInterval(() => { // a lost peer is detected by the absence of messages
  send({ type: 'ping' });
  if (performance.now() - heardAt > SILENT_AFTER_MS) socket?.close();
}, PING_EVERY_MS);

const receive = (message) => handlers[message.type]?.(message);
const handlers = {
  welcome({ serverTime }) {
    Object.assign(link, { feed: 'up', clock: serverTime - Date.now() });
    [suspect, tick] = [undefined, undefined];
    vehicles.clear(); // everything is sent again
    authenticate(); // with the token that may have been renewed during the handshake
    send({ type: 'subscribeRegistry' });
    send({ type: 'subscribeAll', id: 'all' });
  },
  subscribed({ id }) {
    if (id === 'all') [failures, link.state] = [0, 'live'];
  },
  batch(frame) {
    if (frame.prev !== undefined && tick !== undefined && frame.prev !== tick) socket.close(); // a gap: reconnect
    tick = frame.tick;
    frame.events.forEach(receive);
  },
  vehicleInfo: register, vehicleAdded: register, vehicleUpdated: register,
  vehicleDeleted: ({ vehicleId }) => vehicles.delete(vehicleId),
  positionUpdate: update, stateUpdate: update,
  stateChange({ vehicleId, oldStatus, newStatus }) {
    vehicleOf(vehicleId).status = newStatus;
    link.tell(vehicleId, `${oldStatus} → ${newStatus}`, newStatus === 'ERROR');
  },
  vehicleError: ({ vehicleId, errorCode, message }) => link.tell(vehicleId, message || errorCode, true),
  connectionChange: ({ vehicleId, connectionStatus }) => { vehicleOf(vehicleId).connection = connectionStatus; },
  vehicleRemoved: ({ vehicleId }) => { if (vehicles.has(vehicleId)) silence(vehicles.get(vehicleId)); },
  feed: ({ status, since }) => Object.assign(link, { feed: status, feedSince: since }),
  error: ({ code, message }) => link.tell(undefined, `${code} ${message}`, true),
};

/** Returns a vehicle's entry. The name of a new one is the start of its id until a registry event provides it. */
function vehicleOf(id) {
  const unknown = { id, name: id.slice(0, 8), type: '', status: 'IDLE', isEnabled: true, connection: '', trail: [] };
  if (!vehicles.has(id)) vehicles.set(id, unknown);
  return vehicles.get(id);
}

/** Applies the registry's data about a vehicle. A status in the robot's own state takes precedence. */
function register({ vehicleId, name, vehicleType: type, isEnabled, status }) {
  const vehicle = Object.assign(vehicleOf(vehicleId), { name, type, isEnabled });
  if (!vehicle.state) vehicle.status = status;
  if (!isEnabled) silence(vehicle);
}

/** Discards the position and state of a vehicle that was disabled or removed. */
function silence(vehicle) {
  Object.assign(vehicle, { at: undefined, position: undefined, state: undefined, heardAt: undefined });
  Object.assign(vehicle, { connection: '', trail: [] });
}

/** `at` is the place where a vehicle is drawn. It glides to `position` until `dueAt`, when the next update is due. */
function update({ vehicleId, position, state, status, connectionStatus: connection }) {
  const now = performance.now(), vehicle = vehicleOf(vehicleId), { heardAt = now } = vehicle;
  if (position) Object.assign(vehicle, { position, at: vehicle.at ?? { ...position } });
  const dueAt = now + Math.min(now - heardAt, SLOWEST_GLIDE_MS);
  Object.assign(vehicle, { state, status, connection, heardAt: now, dueAt });
  link.updates++;
}
