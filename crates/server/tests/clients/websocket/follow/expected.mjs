import { isDeepStrictEqual } from "node:util";
import { lines } from "./client.mjs";

const STATE_FIELDS = ["currentSpeed", "batteryLevel", "currentLoad", "temperature", "errorCodes", "lastUpdateTime"];
const POSITION_FIELDS = ["x", "y", "z", "heading", "rotation", "timestamp", "mapId"];
const REGISTRY_FIELDS = ["name", "vehicleType", "isEnabled", "status", "groupIds"];

/**
 * Returns the vehicles that a user may see, by their ids: the vehicle of /api/vehicles as `registered`, and the
 * position, state, status and connection status of /api/positions and /api/states.
 */
export async function vehiclesOf(user) {
  const [vehicles, positions, states] = await Promise.all([
    user.list("/api/vehicles"),
    user.get("/api/positions"),
    user.get("/api/states"),
  ]);
  const known = new Map(
    vehicles.map(({ type, ...vehicle }) => [vehicle.id, { registered: { ...vehicle, vehicleType: type } }]),
  );
  for (const { vehicleId, ...current } of [...positions.items, ...states.items]) {
    if (known.has(vehicleId)) Object.assign(known.get(vehicleId), current);
  }
  for (const { position, state } of known.values()) {
    if (position) position.timestamp = Date.parse(position.timestamp);
    if (state) state.lastUpdateTime = Date.parse(state.lastUpdateTime);
  }
  return known;
}

/** Returns `true` if a vehicle meets all criteria of a filter. */
function meets({ statuses, moving, mapId, bbox }, { status, state, position }) {
  const isMoving = status === "MOVING" || (state?.currentSpeed ?? 0) > 0.05;
  const [minX, minY, maxX, maxY] = bbox ?? [];
  return (
    (!statuses || statuses.includes(status)) &&
    (moving === undefined || moving === isMoving) &&
    (!mapId || position?.mapId === mapId) &&
    (!bbox || (position && minX <= position.x && position.x <= maxX && minY <= position.y && position.y <= maxY))
  );
}

/** Returns `true` if a subscription covers a vehicle. A group only covers vehicles while the user may see the group. */
function covers({ type, vehicleId, vehicleType, groupId, filter }, vehicle) {
  const { registered } = vehicle;
  if (vehicleId) return vehicleId === registered.id;
  const isOfTopic =
    type === "subscribeAll" || vehicleType === registered.vehicleType || registered.groupIds.includes(groupId);
  return isOfTopic && meets(filter ?? {}, vehicle);
}

/** Returns the differences between a client's vehicles and those that REST returns for its user. */
export function differences({ picture }, vehicles) {
  const topics = [...picture.topics.values()];
  const isSent = ({ registered, position, state }) => registered.isEnabled && (position || state);
  const isCovered = (vehicle) => isSent(vehicle) && topics.some((topic) => covers(topic, vehicle));
  const expected = new Map([...vehicles].filter(([, vehicle]) => isCovered(vehicle)));
  const found = compare(picture.vehicles, expected, (known, wanted) => [
    ...fieldsThatDiffer("position.", POSITION_FIELDS, known.position, wanted.position),
    ...fieldsThatDiffer("state.", STATE_FIELDS, known.state, wanted.state),
    ...fieldsThatDiffer("", ["status", "connectionStatus"], known, wanted),
  ]);
  const described = picture.registry
    ? compare(picture.registry, vehicles, (known, { registered }) =>
        fieldsThatDiffer("registry: ", REGISTRY_FIELDS, known, registered),
      )
    : [];
  return [...found, ...described];
}

function compare(known, expected, fields) {
  return [...new Set([...known.keys(), ...expected.keys()])].flatMap((vehicleId) => {
    if (!known.has(vehicleId)) return [{ vehicleId, fault: "is missing", expected: expected.get(vehicleId) }];
    if (!expected.has(vehicleId)) return [{ vehicleId, fault: "should not be there", actual: known.get(vehicleId) }];
    return fields(known.get(vehicleId), expected.get(vehicleId)).map((fault) => ({ vehicleId, ...fault }));
  });
}

function fieldsThatDiffer(prefix, names, known, expected) {
  if (!known || !expected) {
    return Boolean(known) === Boolean(expected) ? [] : [{ fault: `${prefix} exists`, actual: known, expected }];
  }
  const value = (object, name) => {
    const found = object[name] ?? null;
    return name === "groupIds" ? [...found].sort() : found;
  };
  return names
    .filter((name) => !isDeepStrictEqual(value(known, name), value(expected, name)))
    .map((name) => ({ fault: prefix + name, actual: known[name], expected: expected[name] }));
}

/** Describes the differences of a client, with the history of each vehicle. */
export function report(client, found) {
  const topics = [...client.picture.topics.values()].map((topic) => JSON.stringify(topic)).join(" ");
  const faults = found.slice(0, 3).map((difference) => {
    return `  ${JSON.stringify(difference)}\n${lines(client.picture.historyOf(difference.vehicleId))}`;
  });
  return [`${client.description}: ${found.length} differences; subscriptions: ${topics}`, ...faults].join("\n");
}
